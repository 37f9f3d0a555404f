import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { listenOnLoopback } from './loopback-host.js';

/** A token and what is wrong with it. */
export interface ForgedToken {
  readonly flaw: string;
  readonly token: string;
}

/** An issuer whose private keys the test has, so that each token can be wrong in one thing alone. */
export interface TokenForger {
  readonly issuer: string;
  /** How often its keys were fetched. */
  readonly fetches: number;
  /** A good token, but for what is named; a member that is undefined is left out. */
  mint(claims?: Readonly<Record<string, unknown>>, header?: Readonly<Record<string, unknown>>): string;
  /** Tokens that nobody may take for the resource. Each has one flaw. */
  forged(): readonly ForgedToken[];
  close(): Promise<void>;
}

const encode = (part: unknown): string => Buffer.from(JSON.stringify(part)).toString('base64url');
const now = (): number => Math.floor(Date.now() / 1000);

/** Publishes an elliptic-curve key and an RSA key at `/jwks`, as our authorization server does. The resource may be known
 * only when the issuer is. */
export async function startTokenForger(resourceOf: () => string): Promise<TokenForger> {
  const host = await listenOnLoopback();
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const strangers = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publish = (key: KeyObject, kid: string, alg: string) => ({
    ...key.export({ format: 'jwk' }),
    kid,
    alg,
    use: 'sig',
  });
  const keys = [publish(ec.publicKey, 'ec', 'ES256'), publish(rsa.publicKey, 'rsa', 'RS256')];
  let fetches = 0;
  host.serve((request, response) => {
    fetches += request.url === '/jwks' ? 1 : 0;
    response.setHeader('content-type', 'application/jwk-set+json');
    response.end(JSON.stringify({ keys }));
  });

  const goodClaims = () => ({
    iss: host.origin,
    sub: 'subject-of-alice',
    aud: resourceOf(),
    client_id: 'a-client',
    scope: 'weather:read',
    iat: now(),
    exp: now() + 600,
    jti: crypto.randomUUID(),
  });
  const seal = (header: object, claims: object, signer: (input: Buffer) => Buffer): string => {
    const input = `${encode(header)}.${encode(claims)}`;
    return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
  };
  const byEc = (key: KeyObject) => (input: Buffer) => sign('sha256', input, { key, dsaEncoding: 'ieee-p1363' });
  const byRsa = (input: Buffer) => sign('sha256', input, rsa.privateKey);
  const byHmac = (secret: string | Buffer) => (input: Buffer) => createHmac('sha256', secret).update(input).digest();
  const typed = { alg: 'ES256', kid: 'ec', typ: 'at+jwt' };
  const mint: TokenForger['mint'] = (claims = {}, header = {}) =>
    seal(
      { ...typed, ...header },
      { ...goodClaims(), ...claims },
      header['alg'] === 'RS256' ? byRsa : byEc(ec.privateKey),
    );

  const forged = (): ForgedToken[] => {
    const [resource, good] = [resourceOf(), goodClaims()];
    const [head = '', claims = '', signature = ''] = mint().split('.');
    const pem = rsa.publicKey.export({ type: 'spki', format: 'pem' });
    const nested = `${'['.repeat(2000)}${']'.repeat(2000)}`;
    const rows: Record<string, string> = {
      'another audience': mint({ aud: `${resource}2` }),
      'the origin for an audience': mint({ aud: new URL(resource).origin }),
      'no audience': mint({ aud: undefined }),
      'an audience that is no text': mint({ aud: [resource, 1] }),
      'another issuer': mint({ iss: 'https://issuer.example.com' }),
      'the issuer with a slash': mint({ iss: `${host.origin}/` }),
      'the type of an ID token': mint({}, { typ: 'JWT' }),
      'no type': mint({}, { typ: undefined }),
      'the type of a logout token': mint({}, { typ: 'logout+jwt' }),
      'algorithm none': `${encode({ ...typed, alg: 'none' })}.${claims}.`,
      'algorithm none with a signature': `${encode({ ...typed, alg: 'none' })}.${claims}.${signature}`,
      'HS256 with the public key as PEM': seal({ ...typed, alg: 'HS256', kid: 'rsa' }, good, byHmac(String(pem))),
      'HS256 with the published key': seal({ ...typed, alg: 'HS256' }, good, byHmac(JSON.stringify(keys[0]))),
      'HS256 with an empty secret': seal({ ...typed, alg: 'HS256' }, good, byHmac('')),
      'an RSA signature by the id of the other key': seal({ ...typed, alg: 'RS256' }, good, byRsa),
      'the algorithm of the other key': seal({ ...typed, kid: 'rsa' }, good, byEc(ec.privateKey)),
      'the key of a stranger': seal(typed, good, byEc(strangers.privateKey)),
      'the key of a stranger in the header': seal(
        { ...typed, kid: 'new', jwk: strangers.publicKey.export({ format: 'jwk' }) },
        good,
        byEc(strangers.privateKey),
      ),
      'a key id that is a path': mint({}, { kid: '../../dev/null' }),
      'a key id that is no text': mint({}, { kid: 1 }),
      'no key id': mint({}, { kid: undefined }),
      'a critical extension': mint({}, { crit: ['x'], x: 1 }),
      'a payload that is not encoded': mint({}, { b64: false }),
      'claims that were changed': `${head}.${encode({ ...good, scope: 'weather:read weather:write' })}.${signature}`,
      'no signature': `${head}.${claims}.`,
      'a fourth part': `${head}.${claims}.${signature}.`,
      'two parts': `${head}.${claims}`,
      'a header with no end of lists': `${Buffer.from(nested).toString('base64url')}.${claims}.${signature}`,
      'no JSON in it': 'a.b.c',
      'a length beyond all use': mint({ more: 'x'.repeat(13_000) }),
      'an end that is past': mint({ exp: now() - 31 }),
      'no end': mint({ exp: undefined }),
      'an end that is text': mint({ exp: String(now() + 600) }),
      'an end that is no whole number': mint({ exp: now() + 600.5 }),
      'a beginning that is to come': mint({ nbf: now() + 600 }),
      'an issue that is to come': mint({ iat: now() + 600 }),
      'no subject': mint({ sub: undefined }),
      'an empty subject': mint({ sub: '' }),
      'no client': mint({ client_id: undefined }),
      'no id': mint({ jti: undefined }),
      'no time of issue': mint({ iat: undefined }),
      'scopes that are a list': mint({ scope: ['weather:read'] }),
    };
    return Object.entries(rows).map(([flaw, token]) => ({ flaw, token }));
  };
  return {
    issuer: host.origin,
    get fetches() {
      return fetches;
    },
    mint,
    forged,
    close: host.close,
  };
}
