import { createSealer, type Random } from '@portcullis/ports';
import type { Caller } from '../caller.js';
import { currentCaller } from '../tools/current-caller.js';

/** Keys and handles of one tenant. */
export interface TenantScope {
  /**
   * A key for a cache or a store, which no caller of another tenant gets for any parts. Parts are kept apart: `('a', 'bc')`
   * and `('ab', 'c')` are two keys.
   */
  key(...parts: readonly string[]): string;
  /**
   * Seals a value into a handle that a client may keep: it can neither read it nor change it. Base64url, some four
   * thirds of the value's length.
   *
   * @param value - at most 16,384 characters
   * @throws {RangeError} where it is longer
   */
  sealHandle(value: string): Promise<string>;
  /** What was sealed; undefined for any text that this tenant did not get from here. Never rejects. */
  openHandle(handle: string): Promise<string | undefined>;
}

/** How {@link createTenantScopes} makes keys and handles. */
export interface TenantScopesOptions {
  /**
   * At least 32 bytes, and random, which is not checked; a text counts by its UTF-8. Every replica needs the same one, and handles end with it.
   */
  readonly secret: string | Uint8Array;
  /** @defaultValue the runtime's own */
  readonly random?: Random;
}

/** See {@link createTenantScopes}. */
export interface TenantScopes {
  /**
   * @param caller - @defaultValue the current one
   * @throws {TypeError} without a caller, outside a handler that is wrapped
   */
  forTenant(caller?: Pick<Caller, 'issuer' | 'tenantId'>): TenantScope;
}

const MAX_VALUE_LENGTH = 16_384;
/** What the longest value becomes: three bytes a character at most, nonce and tag, in base64url. */
const MAX_HANDLE_LENGTH = Math.ceil(((MAX_VALUE_LENGTH * 3 + 12 + 16) * 4) / 3);

/**
 * Keeps what tools remember apart by tenant: `const { forTenant } = createTenantScopes({ secret })`, then
 * `forTenant().key('report', id)` inside a handler. A tenant is its issuer and its name there: two issuers may use one
 * name. An issuer whose tokens tell no tenant is one tenant, and never the same as any that has a name.
 *
 * Handles are AES-256-GCM, bound to the tenant ({@link createSealer}). They are not bound to one caller of it, to a
 * resource, or to a time: whoever needs that puts it into the value and compares.
 *
 * @throws {TypeError} where the secret is shorter than 32 bytes
 */
export function createTenantScopes(options: TenantScopesOptions): TenantScopes {
  const secret = bytesOf(options.secret);
  if (secret.length < 32) throw new TypeError('secret needs at least 32 bytes, and random ones');
  const sealer = createSealer(secret, 'tenant-handle', options.random ?? { bytes: randomBytes });

  return {
    forTenant(caller = currentCaller()) {
      // JSON keeps its parts apart whatever they contain, and `null` apart from every name.
      const tenant = [caller.issuer, caller.tenantId ?? null];
      const context = JSON.stringify(tenant);
      return {
        key: (...parts) => JSON.stringify([...tenant, ...parts]),
        async sealHandle(value) {
          if (value.length > MAX_VALUE_LENGTH) throw new RangeError('A handle holds at most 16384 characters');
          return sealer.seal(value, context);
        },
        async openHandle(handle) {
          if (typeof handle !== 'string' || handle.length > MAX_HANDLE_LENGTH) return undefined;
          return sealer.open(handle, context);
        },
      };
    },
  };
}

function bytesOf(secret: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof secret === 'string' ? new TextEncoder().encode(secret) : new Uint8Array(secret);
}

function randomBytes(length: number): Uint8Array<ArrayBuffer> {
  return crypto.getRandomValues(new Uint8Array(length));
}
