import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

/** Compressed once here, so that the server only chooses. What does not shrink by it stays as it is. */
function compressed(): Plugin {
  return {
    name: 'compressed',
    apply: 'build',
    generateBundle: {
      order: 'post',
      handler(_, bundle) {
        for (const [fileName, of] of Object.entries(bundle)) {
          const source = Buffer.from(of.type === 'chunk' ? of.code : of.source);
          const best = { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } };
          const forms = { br: brotliCompressSync(source, best), gz: gzipSync(source, { level: 9 }) };
          for (const [ending, smaller] of Object.entries(forms)) {
            if (smaller.length < source.length) {
              this.emitFile({ type: 'asset', fileName: `${fileName}.${ending}`, source: smaller });
            }
          }
        }
      },
    },
  };
}

export default defineConfig({
  plugins: [compressed()],
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  test: { include: ['src/**/*.test.ts'] },
  server: {
    // a running daemon; it takes requests for its own name alone
    proxy: { '/api': { target: process.env['VITALS'] ?? 'http://127.0.0.1:3501', changeOrigin: true } },
  },
});
