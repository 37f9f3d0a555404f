import { readFileSync } from 'node:fs';
import { readPublicKeys } from '../client/cimd/public-keys.js';
import { kindOfKeys } from '../config/kind-of-keys.js';
import { usageError, whyUnreadable } from '../program-error.js';

/**
 * The file of `--jwks-file` as the JWK Set that a client has (RFC 7517 §5): a JWK Set as it is, which the rules for clients judge;
 * one public key, in PEM or as a JWK, as a set of it, named by its thumbprint where it has no `kid`. Private parts are refused
 * and not taken off: they belong on the machine of the client alone.
 *
 * @throws {ProgramError} where the file cannot be read, or holds a private key or none (exit code 2)
 */
export function readJwksFile(file: string): string {
  const text = readText(file);
  switch (kindOfKeys(text)) {
    case 'set':
      return text;
    case 'private_pem':
      throw usageError(
        `--jwks-file: ${file} is a private key, which stays with the client: give the public part of it, by openssl pkey -in ${file} -pubout`,
      );
    case 'private_key':
      throw usageError(
        `--jwks-file: ${file} has private or symmetric keys: take the public ones, and replace those it shows`,
      );
    default:
      return JSON.stringify(readPublicKeys(file, '--jwks-file'));
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`--jwks-file: ${file} cannot be read: ${whyUnreadable(error)}`);
  }
}
