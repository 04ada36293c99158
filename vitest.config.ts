import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/bench/**'],
    setupFiles: ['test/support/deny-real-dns.ts'],
    pool: 'forks',
    testTimeout: 60_000,
    // Real servers and a real browser share two cores with whatever else the machine of CI does; what is broken fails twice.
    retry: process.env['CI'] === undefined ? 0 : 1,
    hookTimeout: 60_000,
    // One more than the cores that a machine of CI has: many files wait for servers, time-outs and the screen.
    maxWorkers: 3,
  },
})
