import { fail, succeed } from '@portcullis/protocol';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { checkAudience, checkTexts, firstRefusal, textOf } from './claim-rules.js';
import { requireOptions, requireTexts } from './preset-options.js';

/** What {@link google} is made from. */
export interface GoogleOptions {
  /**
   * Which service accounts may call, by their unique IDs (a number of some 21 digits; `sub` of their tokens), with the
   * scopes that each holds here. Not by e-mail address: one that was deleted can be given to another account.
   */
  readonly serviceAccounts: Readonly<Record<string, readonly string[]>>;
}

/**
 * Service accounts of Google Cloud, and nobody else.
 *
 * A service account may ask Google for an ID token with any audience, so the audience of one that is meant for the
 * resource is the URL of the resource. Anybody's service account may ask for that, so the account has to be on the list,
 * and since Google knows no scopes here, the list also says what it holds. Signed with RS256 by Google's common keys.
 *
 * People cannot come in this way. Their access tokens are opaque, and are for the APIs of Google; the audience of their ID
 * tokens is the client that they signed in to. Neither was issued for this resource, and whoever has one, another server
 * among them, could use it here. For people, put an authorization server in front that signs them in at Google.
 *
 * Source: cloud.google.com/run/docs/authenticating/service-to-service and cloud.google.com/docs/authentication/get-id-token.
 *
 * @throws {TypeError} when no service account is listed, one is not named by its unique ID, or holds no scope
 */
export function google(options: GoogleOptions): TrustedIssuer {
  requireOptions('google', options);
  const scopesOfAccount = new Map(Object.entries(options.serviceAccounts ?? {}));
  if (scopesOfAccount.size === 0) {
    throw new TypeError(
      'google: `serviceAccounts` must list the service accounts that may call. People cannot come from Google directly: their access tokens are for the APIs of Google. Use an authorization server in front that signs them in there',
    );
  }
  for (const [account, scopes] of scopesOfAccount) {
    if (!/^\d{6,30}$/.test(account)) {
      throw new TypeError(`google: ${account} is not the unique ID of a service account, which is a number`);
    }
    // All tokens of the account are given this list.
    scopesOfAccount.set(account, Object.freeze(requireTexts('google', `serviceAccounts.${account}`, scopes)));
  }
  return {
    issuer: 'https://accounts.google.com',
    // At another host than the issuer.
    verification: { method: 'signature', jwksUri: 'https://www.googleapis.com/oauth2/v3/certs' },
    rules: {
      preset: 'google',
      algorithms: ['RS256'],
      types: ['jwt'],
      recipientProof: 'audience',
      readClaims(claims, { resource }) {
        const account = textOf(claims['sub']) ?? '';
        const scopes = scopesOfAccount.get(account);
        const refusal = firstRefusal(
          () => checkAudience(claims, resource),
          () => checkTexts(claims, ['sub', 'azp']),
        );
        if (refusal !== undefined) return fail(refusal);
        if (scopes === undefined || claims['nonce'] !== undefined) return fail({ reason: 'wrong_client' });
        return succeed({ subject: account, clientId: claims['azp'] as string, scopes });
      },
    },
  };
}
