import { devices } from './devices';
import { household } from './household';
import { leisure } from './leisure';
import type { Drawing } from './pen';

const all = { ...devices, ...household, ...leisure };

export type ArtKind = keyof typeof all;

/** A drawing for each kind of product. */
export const drawings: Readonly<Record<ArtKind, Drawing>> = all;
