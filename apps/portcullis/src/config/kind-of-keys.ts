import { parseStrictJson } from '@portcullis/protocol';

/** What a file of keys looks like; `set` is also what looks like nothing else here. */
export type KindOfKeys = 'set' | 'public_key' | 'private_key' | 'public_pem' | 'private_pem';

/** Members of a JWK that are secret (RFC 7518 §6.2.2, §6.3.2, §6.4.1). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];

/** Tells a JWK Set, one JWK (RFC 7517 §4, §5) and PEM (RFC 7468) apart. Looks at no key itself, and not into a set. */
export function kindOfKeys(text: string): KindOfKeys {
  if (text.includes('-----BEGIN '))
    return /-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text) ? 'private_pem' : 'public_pem';
  const json = parseStrictJson(text);
  const key = json.ok ? json.value.value : undefined;
  if (typeof key !== 'object' || key === null || !('kty' in key) || 'keys' in key) return 'set';
  return SECRET_MEMBERS.some((member) => member in key) ? 'private_key' : 'public_key';
}

/** What is wrong with a configured text that is to be a JWK Set and is another form of key, as words that follow its name. */
export function tellOtherForm(text: string): string | undefined {
  switch (kindOfKeys(text)) {
    case 'set':
      return undefined;
    case 'public_key':
      return 'is one key and no JWK Set: wrap it in {"keys":[…]}';
    case 'public_pem':
      return "is PEM and no JWK Set: node -p \"JSON.stringify({keys:[crypto.createPublicKey(fs.readFileSync('FILE')).export({format:'jwk'})]})\" makes one of it";
    case 'private_pem':
    case 'private_key':
      return 'is a private key and no JWK Set: take the public part, and replace a key that others have seen';
  }
}
