import { hash as digest } from 'node:crypto';
import type { Platform } from '../platform.js';
import { createPooledRandom } from './pooled-random.js';

export { createNameResolver, type ResolveName } from './name-resolver.js';
export { importNodeSigner } from './node-signer.js';
export { isLoopbackAddress, isPrivateAddress } from './public-address.js';
export { createSystemResolver } from './system-resolver.js';
export { createUntrustedFetch, type UntrustedFetchOptions } from './untrusted-fetch.js';

/** The platform as Node offers it. `hash` is `crypto.hash`, which needs no stream object per call. */
export const nodePlatform: Platform = {
  clock: { nowEpochSeconds: () => Math.floor(Date.now() / 1000) },
  random: createPooledRandom(),
  hash: (data) => digest('sha256', data, 'base64url'),
};
