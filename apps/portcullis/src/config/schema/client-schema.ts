import { isListableScheme, parseRedirectUri, type RedirectUriFailure } from '@portcullis/protocol';
import { z } from 'zod';
import { checkedText, secretReference, strictObject } from './building-blocks.js';

/** What is wrong with a private-use redirect scheme (RFC 8252 §7.1), or undefined. */
export function checkRedirectScheme(scheme: string): string | undefined {
  if (isListableScheme(scheme)) return undefined;
  return 'must be a private-use scheme in lower case, without ":", such as com.example.app';
}

const REDIRECT_URI_PROBLEMS: Readonly<Record<RedirectUriFailure, string>> = {
  too_long: 'is longer than 2048 characters',
  malformed: 'must be an absolute URI in printable ASCII',
  fragment: 'must not have a fragment (RFC 6749 §3.1.2)',
  wildcard: 'must be one exact address; wildcards are not redirects',
  user_info: 'must not carry a user name or password',
  scheme_not_allowed: 'has a scheme that no application can own',
  plain_http: 'must be https, unless its host is localhost, 127.0.0.1 or [::1]',
};

function checkRedirectUri(text: string): string | undefined {
  // Whether the scheme is listed is asked where the list is known.
  const scheme = text.slice(0, Math.max(0, text.indexOf(':'))).toLowerCase();
  const parsed = parseRedirectUri(text, isListableScheme(scheme) ? [scheme] : []);
  return parsed.ok ? undefined : REDIRECT_URI_PROBLEMS[parsed.failure];
}

function checkClientId(clientId: string): string | undefined {
  if (!/^[\x21-\x7e]{1,255}$/.test(clientId)) return 'must be 1 to 255 printable ASCII characters without space';
  if (/^https?:/i.test(clientId)) return 'must not be a URL: those name a client metadata document';
  return undefined;
}

/** One client that the operator registers, instead of the client itself. */
export const clientSchema = strictObject({
  clientId: checkedText('The client_id.', checkClientId),
  clientName: z.string().min(1).max(80).describe('Name on the consent page.'),
  redirectUris: z
    .array(checkedText('Exact redirect URI; on loopback the port may differ.', checkRedirectUri))
    .min(1)
    .max(20)
    .describe('Where an authorization response may go.'),
  tokenEndpointAuthMethod: z
    .enum(['none', 'client_secret_basic', 'client_secret_post'])
    .optional()
    .describe('How the client proves who it is. Default: client_secret_basic with a secret, none without.'),
  clientSecret: secretReference.optional().describe('The secret, at least 32 characters.'),
}).superRefine((client, context) => {
  const method = client.tokenEndpointAuthMethod;
  if (method === 'none' && client.clientSecret !== undefined) {
    const message = 'a client with method none has no secret; remove it or choose client_secret_basic';
    context.addIssue({ code: 'custom', path: ['clientSecret'], message });
  }
  if (method !== undefined && method !== 'none' && client.clientSecret === undefined) {
    const message = `${method} needs a clientSecret`;
    context.addIssue({ code: 'custom', path: ['tokenEndpointAuthMethod'], message });
  }
});

/** {@link clientSchema} as parsed. */
export type ClientInput = z.output<typeof clientSchema>;
