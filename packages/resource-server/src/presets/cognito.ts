import { fail, type JsonObject, type ResourceIdentifier, succeed } from '@portcullis/protocol';
import type { AccessTokenFailure, RecipientProof } from '../access-token.js';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { checkAudience, checkTexts, firstRefusal, scopesOf, stringsOf, textOf } from './claim-rules.js';
import { requireOptions, requireText, requireTexts } from './preset-options.js';

/** What {@link cognito} is made from. */
export interface CognitoOptions {
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** Such as `eu-central-1_AbCdEfGhI`. */
  readonly userPoolId: string;
  /** The app clients that may call. */
  readonly clients: readonly string[];
  /** The identifier of the resource server that the scopes belong to. @defaultValue the URL of the resource */
  readonly resourceServerId?: string;
  /**
   * `resource_scopes` also takes tokens without `aud`, where a scope of the resource server, in the hands of a known
   * client, stands for it: weak, since Cognito never said for whom such a token is. A token with `aud` has to name the
   * resource in any case. @defaultValue 'audience'
   */
  readonly recipientProof?: RecipientProof;
}

/** Lets its bearer change the user's own account at Cognito. It says nothing about anybody else's resource. */
const OWN_ACCOUNT_SCOPE = 'aws.cognito.signin.user.admin';

/**
 * A user pool of Amazon Cognito.
 *
 * Signed with RS256, without `typ`: `token_use` tells an access token from an ID token. `client_id` is on the list.
 * `aud` is there where the client sent `resource`, and then it is the resource. Scopes are `RESOURCE_SERVER/SCOPE`; only
 * those of the configured resource server count, and they lose their prefix. `cognito:groups` are groups; a token
 * without that claim is of somebody in none. For programs, `sub` is the client ID.
 *
 * Cognito does not verify the client ID that a Client ID Metadata Document goes by, so `clients` are app client IDs.
 *
 * Source: docs.aws.amazon.com/cognito/latest/developerguide, "Understanding the access token", "Scopes, M2M, and resource
 * servers" and "Resource binding".
 *
 * @throws {TypeError} when the pool is not in the region, or no client is listed
 */
export function cognito(options: CognitoOptions): TrustedIssuer {
  requireOptions('cognito', options);
  const region = requireText(
    'cognito',
    'region',
    options.region,
    /^[a-z]{2}(?:-[a-z]+)+-\d$/,
    'a region, as eu-central-1',
  );
  const userPoolId = requireText('cognito', 'userPoolId', options.userPoolId);
  if (!/^[\w-]+_[0-9A-Za-z]+$/.test(userPoolId) || !userPoolId.startsWith(`${region}_`)) {
    throw new TypeError(`cognito: \`userPoolId\` must be the ID of a pool in ${region}, as ${region}_AbCdEfGhI`);
  }
  const clients = requireTexts('cognito', 'clients', options.clients);
  const { recipientProof = 'audience' } = options;
  if (recipientProof !== 'audience' && recipientProof !== 'resource_scopes') {
    throw new TypeError('cognito: `recipientProof` must be audience or resource_scopes');
  }
  const resourceServerId =
    options.resourceServerId === undefined
      ? undefined
      : requireText('cognito', 'resourceServerId', options.resourceServerId);
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return {
    issuer: `https://cognito-idp.${region}.${domain}/${userPoolId}`,
    verification: { method: 'signature' },
    rules: {
      preset: 'cognito',
      algorithms: ['RS256'],
      types: [undefined],
      recipientProof,
      readClaims(claims, { resource }) {
        const scopes = scopesOfServer(claims, resourceServerId ?? resource);
        const refusal = firstRefusal(
          () => (claims['token_use'] === 'access' ? undefined : { reason: 'wrong_type' }),
          () => checkTexts(claims, ['sub', 'client_id']),
          () => (clients.includes(claims['client_id'] as string) ? undefined : { reason: 'wrong_client' }),
          () => checkRecipient(claims, resource, recipientProof, scopes),
        );
        if (refusal !== undefined) return fail(refusal);
        return succeed({
          subject: claims['sub'] as string,
          clientId: claims['client_id'] as string,
          scopes,
          groups: claims['cognito:groups'] === undefined ? [] : stringsOf(claims['cognito:groups']),
          accessTokenId: textOf(claims['jti']),
          // Of a token with `aud` it was checked, whatever is taken of those without.
          recipientProof: claims['aud'] === undefined ? 'resource_scopes' : 'audience',
        });
      },
    },
  };
}

function checkRecipient(
  claims: JsonObject,
  resource: ResourceIdentifier,
  proof: RecipientProof,
  scopes: readonly string[],
): AccessTokenFailure | undefined {
  if (proof === 'audience' || claims['aud'] !== undefined) return checkAudience(claims, resource);
  return scopes.length > 0 ? undefined : { reason: 'wrong_audience' };
}

/** The scopes of one resource server by their own names, which have no slash in them; its identifier may. */
function scopesOfServer(claims: JsonObject, resourceServerId: string): readonly string[] {
  const prefix = `${resourceServerId}/`;
  return scopesOf(claims['scope'])
    .filter((scope) => scope.startsWith(prefix))
    .map((scope) => scope.slice(prefix.length))
    .filter((scope) => scope !== '' && !scope.includes('/') && scope !== OWN_ACCOUNT_SCOPE);
}
