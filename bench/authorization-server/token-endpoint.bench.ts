import type { Benchmark, Goal, Target } from '../lib/benchmark.js';
import { OPERATIONS, type Operation } from './workload.js';

const target = (name: string, file: string, options: Target['options'] = {}): Target => ({
  name,
  module: new URL(`./targets/${file}.js`, import.meta.url).href,
  options,
});

const FLOOR = 'floor';
const PEER = 'oidc-provider';
const MEMORY = 'portcullis, memory';
const SQLITE = 'portcullis, SQLite';

const TARGETS: readonly Target[] = [
  target(FLOOR, 'floor'),
  target(PEER, 'oidc-provider'),
  // The library alone, as somebody would serve it who needs nothing else of the program.
  target('portcullis library, memory', 'portcullis', { storage: 'memory', host: 'bare' }),
  // As the program serves it: its host with all its guards, its counters, its log.
  target(MEMORY, 'portcullis', { storage: 'memory', host: 'program' }),
  target(SQLITE, 'portcullis', { storage: 'sqlite', host: 'program' }),
  { ...target('portcullis, PostgreSQL', 'portcullis', { storage: 'postgres', host: 'program' }), needsPostgres: true },
];

const ABOUT: Readonly<Record<Operation, { readonly operation: string; readonly goals: readonly Goal[] }>> = {
  client_credentials: {
    operation: 'a token in the name of a client with a secret (Basic)',
    goals: [
      { target: MEMORY, control: FLOOR, atMost: 1.3 },
      { target: MEMORY, control: PEER, atMost: 0.5 },
    ],
  },
  authorization_code: {
    operation: 'a code with PKCE becomes an access token and a refresh token; public client',
    goals: [],
  },
  refresh_token: {
    operation: 'a refresh token becomes its successor and an access token; public client',
    goals: [
      { target: MEMORY, control: FLOOR, atMost: 1.4 },
      { target: MEMORY, control: PEER, atMost: 0.5 },
      { target: SQLITE, control: FLOOR, atMost: 2 },
    ],
  },
};

/** The token endpoint of the authorization server. */
export const benchmarks: readonly Benchmark[] = OPERATIONS.map((name) => ({
  name,
  ...ABOUT[name],
  expectedStatus: 200,
  expectedText: '"access_token":',
  targets: TARGETS,
  controls: [FLOOR, PEER],
}));
