import * as z from 'zod/mini';

import { isTechnical } from '../plain-words';

import { RefusedError, ShapeError } from './errors';
import type { LoggedRequest, RequestKind, RequestLog } from './request-log';
import { isStale, readSource } from './source';
import { readTiming } from './timing';
import type { Reply, Transport } from './transport';

// Compiling schemas needs eval, which the Content-Security-Policy forbids.
z.config({ jitless: true });

/** What every answer that is measured has beside its data. */
const envelopeSchema = z.object({
  source: z.string(),
  time: z.string(),
  cached: z.boolean(),
});

const problemSchema = z.object({
  detail: z.union([z.string(), z.array(z.object({ msg: z.string() }))]),
});

export interface Measured<T> {
  readonly answer: T;
  readonly request: LoggedRequest;
  /** `source` as it was sent, for people. */
  readonly sourceText: string;
}

/** Asks the gateway, checks what comes back, and notes what the measured requests took. */
export class Gateway {
  constructor(
    readonly transport: Transport,
    readonly log: RequestLog,
    readonly demo: boolean,
  ) {}

  /** Brings an answer that is not measured: health, topology, statistics. */
  async get<T>(path: string, schema: z.ZodMiniType<T>, signal?: AbortSignal): Promise<T> {
    return check(path, schema, await this.transport(path, signal));
  }

  /** Brings an answer with source and time, and logs it as one request. */
  async measure<T>(
    asked: { path: string; kind: RequestKind; label: (answer: T) => string },
    schema: z.ZodMiniType<T>,
    signal?: AbortSignal,
  ): Promise<Measured<T>> {
    const reply = await this.transport(asked.path, signal);
    const answer = check(asked.path, schema, reply);
    const envelope = check(asked.path, envelopeSchema, reply);
    const request = this.log.add({
      kind: asked.kind,
      label: asked.label(answer),
      path: asked.path,
      source: readSource(envelope.source),
      cached: envelope.cached,
      stale: isStale(envelope.source),
      timing: readTiming(reply, envelope.time),
      demo: this.demo,
    });
    return { answer, request, sourceText: envelope.source };
  }
}

function check<T>(path: string, schema: z.ZodMiniType<T>, reply: Reply): T {
  if (reply.status >= 400) throw refused(reply);
  const parsed = schema.safeParse(reply.body);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.');
  throw new ShapeError(
    `The gateway's answer to ${path} has an unexpected shape` +
      (issue ? `: ${where ? `${where}: ` : ''}${issue.message}` : ''),
  );
}

function refused({ status, headers, body }: Reply): RefusedError {
  const problem = problemSchema.safeParse(body);
  const detail = problem.success ? problem.data.detail : `The gateway answered ${status}.`;
  const message = typeof detail === 'string' ? detail : detail.map(({ msg }) => msg).join('; ');
  return new RefusedError(
    status,
    isTechnical(message) ? 'A part of the cluster does not answer.' : message,
    readRetryAfter(headers.get('retry-after')),
  );
}

/** Retry-After is a number of seconds or a date; gives epoch milliseconds. */
export function readRetryAfter(value: string | null, now = Date.now()): number | undefined {
  if (!value) return undefined;
  const at = /^\d+$/.test(value) ? now + Number(value) * 1000 : Date.parse(value);
  return Number.isNaN(at) ? undefined : at;
}
