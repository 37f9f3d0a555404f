import type { Benchmark, Goal, Target } from '../lib/benchmark.js';
import { OPERATIONS, type Operation } from './serve-tokens.js';

const target = (name: string, file: string, options: Target['options'] = {}): Target => ({
  name,
  module: new URL(`./targets/${file}.js`, import.meta.url).href,
  options,
});

const FLOOR = 'node:http, no guard';
const JOSE = 'node:http + jose';
const FAST_JWT = 'node:http + fast-jwt';
const SDK_V1 = 'SDK v1, Express';
const SDK_V2 = 'SDK v2, Hono';
const OURS = 'portcullis, node:http';
const OURS_EXPRESS = 'portcullis, Express';

const bare = [target(FLOOR, 'plain', { verify: 'none' }), target(JOSE, 'plain', { verify: 'jose' })];
const inNode = target(OURS, 'portcullis', { host: 'node' });
const everywhere: readonly Target[] = [
  ...bare,
  target('express, no guard', 'express'),
  target(SDK_V1, 'sdk-v1'),
  target('SDK v2, Express', 'sdk-v2-express'),
  target(SDK_V2, 'sdk-v2-hono'),
  target('mcp-auth, Express', 'mcp-auth'),
  inNode,
  target(OURS_EXPRESS, 'portcullis', { host: 'express' }),
  target('portcullis, Fastify', 'portcullis', { host: 'fastify' }),
  target('portcullis, Hono', 'portcullis', { host: 'hono' }),
];

const ABOUT: Readonly<
  Record<Operation, Pick<Benchmark, 'operation' | 'targets' | 'controls'> & { readonly goals: readonly Goal[] }>
> = {
  protected_route_warm: {
    operation: 'a request with one of a thousand tokens that were seen before; ES256',
    targets: everywhere,
    controls: [FLOOR, SDK_V1, SDK_V2],
    goals: [
      { target: OURS, control: FLOOR, atMost: 1.3 },
      { target: OURS, control: SDK_V1, atMost: 1 / 8 },
      { target: OURS, control: SDK_V2, atMost: 1 / 5 },
      { target: OURS_EXPRESS, control: SDK_V1, atMost: 1 / 4 },
    ],
  },
  protected_route_cold: {
    operation: 'a request with a token that nobody has seen before; ES256',
    targets: [...bare, inNode],
    controls: [FLOOR, JOSE],
    goals: [{ target: OURS, control: JOSE, atMost: 1.05 }],
  },
  protected_route_cold_rs256: {
    operation: 'a request with a token that nobody has seen before; RS256',
    targets: [...bare, target(FAST_JWT, 'plain', { verify: 'fast-jwt' }), inNode],
    controls: [JOSE, FAST_JWT],
    goals: [{ target: OURS, control: FAST_JWT, atMost: 1.3 }],
  },
};

/** A route behind a guard, in front of nothing. */
export const benchmarks: readonly Benchmark[] = (Object.keys(OPERATIONS) as Operation[]).map((name) => ({
  name,
  ...ABOUT[name],
  expectedStatus: 200,
  expectedText: '"ok":true',
}));
