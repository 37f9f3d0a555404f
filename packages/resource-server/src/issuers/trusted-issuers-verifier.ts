import type { AuditSink, BoundedFetch, Platform } from '@portcullis/ports';
import { createBoundedFetch } from '@portcullis/ports';
import { fail, type Issuer, type ResourceIdentifier, type TenantId } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { AccessTokenVerifier } from '../access-token-verifier.js';
import { createIntrospectionJudge } from '../introspection/introspection-judge.js';
import { createRemoteKeys } from '../keys/remote-keys.js';
import type { VerificationKeys } from '../keys/verification-keys.js';
import { createJwtVerifier } from '../verification/jwt-verifier.js';
import { createRememberingVerifier, type RememberingVerifierOptions } from '../verification/remembering-verifier.js';
import { readTokenText, type SignedToken } from '../verification/signed-token.js';
import type { Finding } from '../verification/token-judge.js';
import type { CustomIssuer, TrustedIssuer } from './trusted-issuer.js';

/** How {@link createTrustedIssuersVerifier} verifies. */
export interface TrustedIssuersVerifierOptions extends RememberingVerifierOptions {
  readonly resource: ResourceIdentifier;
  /**
   * At least one; each issuer once; one at most that takes opaque tokens. What the verifier of a custom one says is taken
   * as it is: `createHostVerifier` holds it against everything, revocations among it.
   */
  readonly issuers: readonly (TrustedIssuer | CustomIssuer)[];
  readonly platform: Platform;
  /** Reaches the issuers. @defaultValue the platform's `fetch`, bounded */
  readonly fetch?: BoundedFetch;
  /** Hears of storms of unknown key ids, and of keys that could not be loaded. @defaultValue nobody does */
  readonly audit?: AuditSink;
  /** The tenant of those events. @defaultValue `default` */
  readonly tenantId?: TenantId;
  /**
   * The keys of an issuer, so that the verifiers of several resources share them.
   * @defaultValue {@link createRemoteKeys} for each
   */
  readonly keysOf?: (issuer: TrustedIssuer) => VerificationKeys | undefined;
}

/** A verifier that can be readied before the first token comes. */
export interface TrustedIssuersVerifier extends AccessTokenVerifier {
  /** Loads the keys of all issuers. Resolves with those whose keys cannot be had now: it will be tried again. */
  prepare(): Promise<readonly Issuer[]>;
}

/** One issuer, with the ways its tokens are judged. */
interface IssuerJudge {
  readonly takesOpaqueTokens: boolean;
  judge(accessToken: string, accessTokenHash: string, read: SignedToken | undefined): Promise<Finding>;
  isPrepared(): Promise<boolean>;
}

/**
 * Verifies access tokens of several authorization servers for one resource.
 *
 * A JWT names its issuer in `iss`. That chooses, as an exact string among the configured ones, by whose keys and rules it is
 * verified, and proves nothing: a token of an unknown issuer is refused without anything being fetched, and one that is
 * signed by another issuer's key is a forgery, whatever its `kid`. An opaque token goes to the one issuer that is asked about
 * its tokens; there cannot be two, since a token must not be shown to whoever did not issue it.
 *
 * What was verified is remembered; see {@link createRememberingVerifier}.
 *
 * @throws {TypeError} when there is no resource or no issuer, an issuer is there twice, two take opaque tokens, or an address
 * is not https
 */
export function createTrustedIssuersVerifier(options: TrustedIssuersVerifierOptions): TrustedIssuersVerifier {
  if (!options.resource) throw new TypeError('A verifier needs a resource');
  if (options.issuers.length === 0) throw new TypeError('A verifier needs an issuer');
  const judges = new Map(options.issuers.map((issuer) => [issuer.issuer, createIssuerJudge(issuer, options)]));
  if (judges.size < options.issuers.length) throw new TypeError('One issuer is configured twice');
  const [opaque, secondOpaque] = [...judges.values()].filter(({ takesOpaqueTokens }) => takesOpaqueTokens);
  if (secondOpaque !== undefined) {
    throw new TypeError('Two issuers take opaque tokens: one of them would be shown the tokens of the other');
  }

  async function judge(accessToken: string, accessTokenHash: string): Promise<Finding> {
    const text = readTokenText(accessToken);
    if (text.kind === 'refused') return refused(text.failure);
    if (text.kind === 'opaque') {
      return opaque?.judge(accessToken, accessTokenHash, undefined) ?? refused({ reason: 'malformed' });
    }
    const { iss } = text.token.claims;
    const chosen = typeof iss === 'string' ? judges.get(iss) : undefined;
    return chosen?.judge(accessToken, accessTokenHash, text.token) ?? refused({ reason: 'wrong_issuer' });
  }

  return {
    ...createRememberingVerifier(judge, options),
    async prepare() {
      const prepared = [...judges].map(async ([issuer, one]) => ((await one.isPrepared()) ? [] : [issuer]));
      return (await Promise.all(prepared)).flat();
    },
  };
}

function createIssuerJudge(issuer: TrustedIssuer | CustomIssuer, options: TrustedIssuersVerifierOptions): IssuerJudge {
  if ('verifier' in issuer) {
    return {
      takesOpaqueTokens: issuer.takesOpaqueTokens === true,
      judge: async (accessToken) => ({ verification: await issuer.verifier.verify(accessToken), isFinal: true }),
      isPrepared: async () => true,
    };
  }
  const { audit, platform, resource, tenantId, clockToleranceSeconds } = options;
  const { verification, rules } = issuer;
  const fetch = options.fetch ?? createBoundedFetch((...request) => globalThis.fetch(...request));
  const shared = {
    issuer: issuer.issuer,
    resource,
    rules,
    fetch,
    clock: platform.clock,
    ...(clockToleranceSeconds === undefined ? {} : { clockToleranceSeconds }),
  };
  if (verification.method === 'introspection') {
    return {
      takesOpaqueTokens: true,
      judge: createIntrospectionJudge({ ...shared, verification }),
      isPrepared: async () => true,
    };
  }
  const { jwksUri } = verification;
  const keys =
    options.keysOf?.(issuer) ??
    createRemoteKeys({
      ...shared,
      ...(jwksUri === undefined ? {} : { jwksUri }),
      ...(audit === undefined ? {} : { audit }),
      ...(tenantId === undefined ? {} : { tenantId }),
    });
  const jwts = createJwtVerifier({ ...shared, keys });
  return {
    takesOpaqueTokens: false,
    judge: (accessToken, _hash, read) =>
      read === undefined ? jwts.verify(accessToken) : jwts.verifyRead(accessToken, read),
    isPrepared: () => keys.prepare(),
  };
}

function refused(failure: AccessTokenFailure): Finding {
  return { verification: fail(failure) };
}
