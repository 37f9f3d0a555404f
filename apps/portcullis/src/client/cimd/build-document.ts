import { parseUrl } from '@portcullis/protocol';
import { usageError } from '../../program-error.js';
import { readPublicKeys } from './public-keys.js';

/** What `portcullis cimd init` is told of the client. */
export interface DocumentOptions {
  readonly name?: string;
  readonly redirectUri?: readonly string[];
  readonly clientUri?: string;
  readonly logoUri?: string;
  readonly scope?: readonly string[];
  readonly jwksUri?: string;
  readonly keyFile?: string;
}

/** Where the client of this program comes back to, on whatever port is free (RFC 8252 §7.3). */
const LOOPBACK_REDIRECT_URIS = ['http://127.0.0.1/callback', 'http://localhost/callback'];

/**
 * The document of a client, with wire names, in the order in which people read it. Without a word of its redirects it is
 * that of a program on a person's computer; without keys, that of a public client. Does not judge what it is told.
 *
 * @throws {ProgramError} on options that exclude each other, and on keys that cannot be read (exit code 2)
 */
export function buildDocument(clientId: string, options: DocumentOptions): object {
  const { name, redirectUri = LOOPBACK_REDIRECT_URIS, clientUri, logoUri, scope, jwksUri, keyFile } = options;
  if (jwksUri !== undefined && keyFile !== undefined) throw usageError('give either --jwks-uri or --key-file');
  const isPublic = jwksUri === undefined && keyFile === undefined;
  const isWeb = redirectUri.every((uri) => uri.startsWith('https:'));
  return {
    client_id: clientId,
    client_name: name ?? hostOf(clientId),
    client_uri: clientUri,
    logo_uri: logoUri,
    redirect_uris: [...new Set(redirectUri)],
    application_type: isWeb ? 'web' : 'native',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    scope: scope === undefined ? undefined : [...new Set(scope)].join(' '),
    token_endpoint_auth_method: isPublic ? 'none' : 'private_key_jwt',
    jwks_uri: jwksUri,
    jwks: keyFile === undefined ? undefined : readPublicKeys(keyFile, '--key-file'),
  };
}

function hostOf(url: string): string {
  return parseUrl(url)?.hostname ?? url;
}
