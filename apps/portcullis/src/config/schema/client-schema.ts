import { checkScopeName } from '@portcullis/authorization-server/rules';
import { isListableScheme, parseUrl } from '@portcullis/protocol';
import { z } from 'zod';
import { resourceList } from './assertion-issuer-schema.js';
import { checkedText, secretReference, shownName, strictObject } from './building-blocks.js';
import { grantTypeSchema } from './grant-types.js';
import { publicKeysSchema } from './public-keys-schema.js';

/** What is wrong with a private-use redirect scheme (RFC 8252 §7.1), or undefined. */
export function checkRedirectScheme(scheme: string): string | undefined {
  if (isListableScheme(scheme)) return undefined;
  return 'must be a private-use scheme in lower case, without ":", such as com.example.app';
}

function checkJwksUri(text: string): string | undefined {
  const url = parseUrl(text);
  if (url === undefined || url.protocol !== 'https:' || url.hash !== '') return 'must be an https URL without fragment';
  return url.username === '' && url.password === '' ? undefined : 'must not carry a user name or password';
}

/** One client that the operator registers, instead of the client itself. The rules that hold for clients
 * wherever they come from are the authorization server's, asked when it is resolved. */
export const clientSchema = strictObject({
  clientId: z.string().describe('The client_id.'),
  clientName: shownName('Name on the consent page.'),
  redirectUris: z
    .array(z.string().describe('Exact redirect URI; on loopback the port may differ.'))
    .max(20)
    .default([])
    .describe('Where an authorization response may go. None for a client without authorization_code.'),
  grantTypes: z
    .array(grantTypeSchema)
    .min(1)
    .default(['authorization_code', 'refresh_token'])
    .describe('How the client may come by tokens; those that are URNs by their last part or in full.'),
  scopes: z
    .array(checkedText('Name of a scope.', checkScopeName))
    .min(1)
    .optional()
    .describe('Scopes the client may have at most, with those that they contain. Default: those of the resource.'),
  tokenEndpointAuthMethod: z
    .enum(['none', 'client_secret_basic', 'client_secret_post', 'private_key_jwt'])
    .optional()
    .describe(
      'How the client proves who it is. Default: client_secret_basic with a secret, private_key_jwt with keys, else none.',
    ),
  clientSecret: secretReference.optional().describe('The secret, at least 32 characters.'),
  jwks: publicKeysSchema.optional().describe('Public keys of private_key_jwt, here or in a file.'),
  jwksUri: checkedText('Where the public keys of private_key_jwt are instead.', checkJwksUri).optional(),
  requirePushedAuthorizationRequests: z
    .boolean()
    .optional()
    .describe('Whether it only begins with a pushed request (RFC 9126 §6). Default: as for all clients.'),
  dpopBoundAccessTokens: z
    .boolean()
    .optional()
    .describe('Whether it only gets access tokens that are bound to a key (RFC 9449 §5.2). Default: false.'),
  consentRequired: z
    .boolean()
    .optional()
    .describe(
      'Whether the word of an identity provider is not enough: the user has to have consented here, for which no user of one can sign in at a gate so far. Default: false.',
    ),
  tokenExchange: strictObject({
    subjectResources: resourceList.describe('Resources that it serves, whose tokens it may present.'),
    targetResources: resourceList.describe('Resources that it may have tokens for.'),
  })
    .optional()
    .describe('Between which resources a client with the grant token-exchange exchanges tokens (RFC 8693).'),
});

/** {@link clientSchema} as parsed. */
export type ClientInput = z.output<typeof clientSchema>;
