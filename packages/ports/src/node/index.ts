import { hash as digest, getRandomValues } from 'node:crypto';
import type { Platform } from '../platform.js';

export { createUntrustedFetch, type UntrustedFetchOptions } from './untrusted-fetch.js';

/** The platform as Node offers it. `hash` is `crypto.hash`, which needs no stream object per call. */
export const nodePlatform: Platform = {
  clock: { nowEpochSeconds: () => Math.floor(Date.now() / 1000) },
  random: { bytes: (length) => getRandomValues(new Uint8Array(length)) },
  hash: (data) => digest('sha256', data, 'base64url'),
};
