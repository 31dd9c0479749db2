import { gzipSync } from 'node:zlib';

/**
 * A Vite plugin that fails the build when the JavaScript which the first view needs, the entry and
 * all that it imports at once, exceeds a number of gzipped bytes.
 * @param {number} maxBytes
 * @returns {import('vite').Plugin}
 */
export function sizeLimit(maxBytes) {
  return {
    name: 'size-limit',
    apply: 'build',
    generateBundle(_, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk');
      /** @type {Set<string>} */
      const needed = new Set();
      const need = (/** @type {string} */ name) => {
        if (needed.has(name)) return;
        needed.add(name);
        chunks.find(({ fileName }) => fileName === name)?.imports.forEach(need);
      };
      for (const { isEntry, fileName } of chunks) if (isEntry) need(fileName);
      const bytes = chunks
        .filter(({ fileName }) => needed.has(fileName))
        .reduce((sum, { code }) => sum + gzipSync(code).length, 0);
      if (bytes > maxBytes) {
        this.error(`initial JavaScript is ${bytes} bytes gzipped, more than ${maxBytes}`);
      }
      this.info(`initial JavaScript: ${bytes} bytes gzipped, of at most ${maxBytes}`);
    },
  };
}
