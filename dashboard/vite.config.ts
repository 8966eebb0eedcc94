import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** How the dashboard is built: as files for `/ui/`, and a manifest of them. */
export default defineConfig({
  root: import.meta.dirname,
  base: '/ui/',
  plugins: [react()],
  // inlined files would be refused by the page's Content-Security-Policy
  build: { manifest: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 1000, reportCompressedSize: false },
});
