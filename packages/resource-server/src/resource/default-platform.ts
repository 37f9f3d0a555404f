import type { Platform } from '@portcullis/ports';

/** The parts of `node:crypto` that are needed, where a runtime has it: Node, Deno, Bun, Workers with `nodejs_compat`. */
interface CryptoModule {
  readonly hash?: (algorithm: 'sha256', data: string | Uint8Array, encoding: 'base64url') => string;
  createHash(algorithm: 'sha256'): {
    update(data: string | Uint8Array): { digest(encoding: 'base64url'): string };
  };
}

/**
 * The platform of whatever runtime this is. A digest that answers at once is no web standard, so it is asked of the
 * runtime without an import, which a bundler for the web would have to resolve.
 *
 * @throws {TypeError} where the runtime has none: then `platform` has to be given
 */
export function defaultPlatform(): Platform {
  const { process } = globalThis as {
    process?: { getBuiltinModule?: (name: string) => CryptoModule | undefined };
  };
  const module = process?.getBuiltinModule?.('node:crypto');
  if (module === undefined) {
    throw new TypeError('This runtime has no synchronous SHA-256: give protectResource a `platform` with a `hash`');
  }
  const digest = module.hash;
  return {
    clock: { nowEpochSeconds: () => Math.floor(Date.now() / 1000) },
    random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
    hash:
      digest === undefined
        ? (data) => module.createHash('sha256').update(data).digest('base64url')
        : (data) => digest('sha256', data, 'base64url'),
  };
}
