import type { JsonObject } from '@portcullis/protocol';
import { type Finding, fault, note, pass, quote } from '../finding.js';
import { isAsymmetricAlgorithm } from './verify-signature.js';

const ACCESS_TOKEN_TYPES = ['at+jwt', 'application/at+jwt'];
/** Members that would have a guard take a key from the token itself. */
const KEY_MEMBERS = ['jku', 'jwk', 'x5u', 'x5c'];

/** Judges the header of a JWT (RFC 9068 §2.1, RFC 8725 §3). */
export function judgeHeader(header: JsonObject, preset: string | undefined): readonly Finding[] {
  const { alg, kid, typ } = header;
  const findings: Finding[] = [judgeAlgorithm(alg), judgeType(typ)];
  if (typeof kid !== 'string' || kid === '') {
    findings.push(fault('token-header', 'it has no kid: nothing says which key signed it, and the guard refuses it'));
  }
  if ('crit' in header) {
    findings.push(
      fault('token-header', 'it has crit: a rule that has to be understood, and that the guard does not know'),
    );
  }
  if (preset === 'entra' && 'nonce' in header) {
    findings.push(
      fault(
        'token-header',
        'it has a nonce, which Entra puts into tokens for Microsoft Graph: it is not for your server, and cannot be verified',
        {
          advice: 'Ask for a scope of your own API (api://…/scope), and not for User.Read or another one of Graph.',
        },
      ),
    );
  }
  const pointers = KEY_MEMBERS.filter((member) => member in header);
  if (pointers.length > 0) {
    findings.push(
      note(
        'token-header',
        `it brings or points at a key of its own (${pointers.join(', ')}), which is never looked at`,
      ),
    );
  }
  return findings;
}

function judgeAlgorithm(alg: unknown): Finding {
  if (typeof alg === 'string' && isAsymmetricAlgorithm(alg)) return pass('token-header', `alg is ${alg}`);
  return fault('token-header', `alg is ${quote(alg)}: it has to be an algorithm that public keys verify`, {
    advice: 'Choose RS256, PS256 or ES256 for access tokens at the provider.',
  });
}

function judgeType(typ: unknown): Finding {
  if (typ === undefined) return note('token-header', 'typ is absent: other claims have to tell it from an ID token');
  const type = typeof typ === 'string' ? typ.toLowerCase() : '';
  if (ACCESS_TOKEN_TYPES.includes(type)) return pass('token-header', 'typ is at+jwt: an access token (RFC 9068)');
  if (type === 'jwt') return note('token-header', 'typ is JWT: other claims have to tell it from an ID token');
  return fault('token-header', `typ is ${quote(typ)}, which is no access token's (at+jwt, JWT, or none)`);
}
