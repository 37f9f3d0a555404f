import { hash, verify } from '@node-rs/argon2';
import { base64Url, type PasswordHasher, type Platform } from '@portcullis/ports';

// OWASP's first choice for Argon2id; some 20 ms of one core. Argon2id itself is the library's default algorithm.
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Argon2id (RFC 9106) off the main thread. An unknown user costs a comparison with a hash that no password made. */
export async function createPasswordHasher({ random }: Pick<Platform, 'random'>): Promise<PasswordHasher> {
  const nobody = await hash(base64Url(random.bytes(32)), COST);
  return {
    hash: (password) => hash(canonical(password), COST),
    async verify(stored, password) {
      try {
        const matches = await verify(stored ?? nobody, canonical(password));
        return stored !== undefined && matches;
      } catch {
        // A stored text that is no Argon2 hash lets nobody in.
        return false;
      }
    },
  };
}

/** One spelling of what a person types: a terminal and a browser may compose accents differently (RFC 8265 §4.2). */
function canonical(password: string): string {
  return password.normalize('NFC');
}
