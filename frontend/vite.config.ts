import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const agent = process.env.PLUMBLINE_AGENT ?? 'http://127.0.0.1:8420'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  base: '/',
  resolve: { alias: { '@': new URL('./src', import.meta.url).pathname } },
  build: {
    target: 'es2022',
    outDir: 'dist',
    // The page's policy has no data: for scripts or fonts, so nothing is inlined.
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.md' },
  },
  server: {
    proxy: { '/api': agent, '/login': agent },
  },
  test: {
    environment: 'jsdom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/test/words.ts'],
    restoreMocks: true,
    testTimeout: 20_000, // a machine that does something else, too, is slow and not wrong
  },
})
