import { KeyObject } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createVerifier } from 'fast-jwt';
import { importJWK, type JWK } from 'jose';
import type { TargetModule } from '../../lib/target-module.js';
import { ANSWER, type BenchIssuer, RESOURCE } from '../issuer.js';
import { serveTokens } from '../serve-tokens.js';
import { createJoseVerifier } from './peer-verifier.js';

/**
 * `node:http` and nothing else. `verify: none` is the floor of a route that answers and asks for nothing; `jose` verifies
 * each token anew, `fast-jwt` too and without its cache.
 */
export const createTarget: TargetModule['createTarget'] = ({ benchmark }, options) =>
  serveTokens(benchmark, async (issuer) => {
    const verify = await verifierOf(String(options['verify']), issuer);
    const answer: RequestListener = (_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length }).end(ANSWER);
    };
    if (verify === undefined) return answer;
    return (request, response) => {
      const token = request.headers.authorization?.slice('Bearer '.length) ?? '';
      verify(token).then(
        () => answer(request, response),
        () => response.writeHead(401).end(),
      );
    };
  });

async function verifierOf(
  name: string,
  issuer: BenchIssuer,
): Promise<((token: string) => Promise<unknown>) | undefined> {
  if (name === 'none') return undefined;
  if (name === 'jose') return createJoseVerifier(issuer);
  const key = KeyObject.from((await importJWK(issuer.publicKey as JWK, issuer.algorithm)) as CryptoKey);
  const verify = createVerifier({
    key: key.export({ type: 'spki', format: 'pem' }) as string,
    algorithms: [issuer.algorithm as 'RS256'],
    allowedIss: issuer.issuer,
    allowedAud: RESOURCE,
    checkTyp: 'at+jwt',
    requiredClaims: ['sub', 'client_id', 'jti', 'iat', 'exp'],
    cache: false,
  });
  return async (token) => verify(token) as unknown;
}
