import { defineConfig } from 'vite';

// The hub serves the files below /static/app/, from the same origin as its
// API. Nothing is inlined: the content security policy allows files only.
export default defineConfig({
  base: '/static/app/',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', legalComments: 'none' },
  build: {
    outDir: '../dist',
    emptyOutDir: false, // the placeholder that lets Go build without us stays
    assetsDir: '.',
    assetsInlineLimit: 0,
    target: 'es2022',
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    chunkSizeWarningLimit: 1024,
    manifest: 'manifest.json',
    rollupOptions: {
      output: {
        manualChunks: (id) => (id.includes('/node_modules/three/') ? 'three' : undefined),
      },
    },
  },
  worker: { format: 'es' },
  test: { include: ['test/**/*.test.ts'], environment: 'node' },
} as Parameters<typeof defineConfig>[0]);
