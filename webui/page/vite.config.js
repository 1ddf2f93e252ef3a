import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

import { compress } from './scripts/compress.js';

// `npm run dev` shows the page from its sources and takes /v1 from a mailrig that runs beside it.
const mailrig = process.env.MAILRIG_URL ?? 'http://127.0.0.1:8025';

export default defineConfig({
  plugins: [svelte(), compress()],
  build: {
    target: 'es2022',
    // The page's Content-Security-Policy allows 'self' only: nothing may become a data: URL or an inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
  },
  server: {
    proxy: { '/v1': { target: mailrig, changeOrigin: true } },
  },
});
