import { configDefaults, defineConfig } from 'vitest/config';

const shared = {
  // Workspace packages are tested from their sources; `dist` is what the built program runs. `import` is not among these:
  // a `require` inside a dependency would resolve by it too, and get a module where it expects a function.
  resolve: { conditions: ['portcullis-source', 'node'] },
  ssr: { resolve: { conditions: ['portcullis-source', 'node'] } },
};

/** End-to-end tests that take long, by dozens of starts or by a slow peer: `npm run test:slow`, which is in `test:all`. */
const SLOW = [
  // That the check can fail. That nothing breaks it, `npm run lint` says.
  'test/architecture/import-direction.test.ts',
  'test/e2e/backup.test.ts',
  'test/e2e/bad-start.test.ts',
  'test/e2e/client-documents.test.ts',
  'test/e2e/machine-client.test.ts',
  'test/e2e/migrations.test.ts',
  'test/e2e/replaced-master-key.test.ts',
  'test/e2e/replicas.test.ts',
  'test/e2e/two-logins.test.ts',
  'test/interop/differential/**/*.test.ts',
];

export default defineConfig({
  test: {
    projects: [
      {
        ...shared,
        test: {
          name: 'unit',
          include: ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'bench/lib/*.test.ts'],
          testTimeout: 20_000,
          // Files share the modules that are loaded: loading them anew for each took longer than the tests. So none may leave
          // anything behind, and what the runner can take back it does.
          isolate: false,
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
        },
      },
      {
        ...shared,
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, 'test/faults/**', ...SLOW],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          // As with unit tests: the SDKs, the browser's driver and our sources are loaded once for each worker.
          isolate: false,
          restoreMocks: true,
          unstubEnvs: true,
          unstubGlobals: true,
        },
      },
      {
        ...shared,
        test: {
          name: 'slow',
          include: SLOW,
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
      {
        ...shared,
        test: {
          name: 'faults',
          include: ['test/faults/**/*.test.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'timing',
          include: ['test/timing/**/*.timing.ts'],
          testTimeout: 300_000,
          hookTimeout: 90_000,
          fileParallelism: false,
        },
      },
      {
        ...shared,
        test: {
          name: 'conformance',
          include: ['test/conformance/**/*.conformance.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
          fileParallelism: false,
          // Each test of the client is three processes.
          maxConcurrency: 2,
        },
      },
      {
        ...shared,
        test: {
          name: 'screenshots',
          include: ['test/screenshots/**/*.screenshot.ts'],
          testTimeout: 90_000,
          hookTimeout: 90_000,
        },
      },
    ],
  },
});
