import { z } from 'zod';
import type { JsonValue } from '../json/strict-json.js';
import { fail, type Result, succeed } from '../result.js';
import { type PublicJwkSetFailure, type PublicSigningKey, parsePublicJwkSet } from './public-jwk-set.js';

/** How a client may ask to prove itself at the token endpoint. */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;

/** The grant types a client may register for. Nothing it asks for adds one: the others are the operator's to give. */
export const SUPPORTED_GRANT_TYPES = ['authorization_code', 'refresh_token'] as const;

const MAX_REDIRECT_URIS = 20;
const MAX_NAME_LENGTH = 512;
const MAX_LIST = 20;

const httpsUri = z
  .string()
  .max(2048)
  .refine((text) => /^https:\/\/[\x21-\x7e]+$/.test(text) && URL.canParse(text));

/** Members that hold an address a person may be sent to. They may carry a language tag (RFC 7591 §2.2). */
const LINK_MEMBERS = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri'];

const wireSchema = z.object({
  token_endpoint_auth_method: z.enum(TOKEN_ENDPOINT_AUTH_METHODS).optional(),
  grant_types: z.array(z.string().max(256)).max(MAX_LIST).optional(),
  response_types: z.array(z.string().max(256)).max(MAX_LIST).optional(),
  client_name: z.string().max(MAX_NAME_LENGTH).optional(),
  client_uri: httpsUri.optional(),
  jwks_uri: httpsUri.optional(),
  application_type: z.enum(['native', 'web']).optional(),
});

const redirectUrisSchema = z.array(z.string()).min(1).max(MAX_REDIRECT_URIS);

/** What a client asks for when it registers (RFC 7591 §2), as far as it can be granted. */
export interface ClientMetadata {
  /** As they came; see `parseRedirectUri` for which of them may be registered. */
  readonly redirectUris: readonly string[];
  /** `client_secret_basic` when nothing is asked for (RFC 7591 §2). */
  readonly tokenEndpointAuthMethod: (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];
  readonly grantTypes: readonly string[];
  readonly clientName: string | undefined;
  readonly clientUri: string | undefined;
  readonly applicationType: 'native' | 'web' | undefined;
  /** The keys of `private_key_jwt`; undefined for every other method, and where {@link ClientMetadata.jwksUri} says where
   * they are. */
  readonly keys: readonly PublicSigningKey[] | undefined;
  /** An https URL, nothing more: only `untrustedFetch` may go there. */
  readonly jwksUri: string | undefined;
}

/** Why client metadata is not accepted. */
export type ClientMetadataFailure =
  | 'client_metadata_malformed'
  | 'redirect_uris_malformed'
  | PublicJwkSetFailure
  | 'client_keys_ambiguous'
  | 'client_keys_missing';

/**
 * Parses the body of a registration request (RFC 7591 §3.1). Members that are not known are ignored, as the RFC asks:
 * a client cannot choose its id, its secret, its tenant or how far it is trusted. Members that are null or an empty
 * text count as absent. Grant types that do not exist here are left out; a list without `authorization_code` gives way
 * to the default, both grant types. `scope` is ignored: what a client may do is what a person consents to.
 *
 * `jwks` is checked whatever the method, since a secret in it is one that leaked; it is kept for `private_key_jwt` alone.
 *
 * Failures: `redirect_uris_malformed` for missing, empty, ill-typed or more than 20 redirect URIs; those of
 * {@link parsePublicJwkSet}; `client_keys_ambiguous` for `jwks` together with `jwks_uri`; `client_keys_missing` for
 * `private_key_jwt` with neither; `client_metadata_malformed` for all else.
 */
export function parseClientMetadata(body: JsonValue): Result<ClientMetadata, ClientMetadataFailure> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return fail('client_metadata_malformed');
  const present = Object.entries(body).filter(([, value]) => value !== null && value !== '');
  const members = Object.fromEntries(present);
  const redirectUris = redirectUrisSchema.safeParse(members['redirect_uris']);
  if (!redirectUris.success) return fail('redirect_uris_malformed');
  const linksAreSafe = present.every(([name, value]) => !isLinkMember(name) || httpsUri.safeParse(value).success);
  const metadata = wireSchema.safeParse(members);
  if (!linksAreSafe || !metadata.success) return fail('client_metadata_malformed');
  const wire = metadata.data;
  if (wire.response_types !== undefined && !wire.response_types.includes('code')) {
    return fail('client_metadata_malformed');
  }
  const tokenEndpointAuthMethod = wire.token_endpoint_auth_method ?? 'client_secret_basic';
  const keys = readKeys(members['jwks'], wire.jwks_uri, tokenEndpointAuthMethod === 'private_key_jwt');
  if (!keys.ok) return keys;
  return succeed({
    redirectUris: redirectUris.data,
    tokenEndpointAuthMethod,
    grantTypes: grantTypes(wire.grant_types),
    clientName: wire.client_name,
    clientUri: wire.client_uri,
    applicationType: wire.application_type,
    ...keys.value,
  });
}

/** RFC 7591 §2: one of `jwks` and `jwks_uri`, never both. */
function readKeys(
  jwks: JsonValue | undefined,
  jwksUri: string | undefined,
  areNeeded: boolean,
): Result<Pick<ClientMetadata, 'keys' | 'jwksUri'>, ClientMetadataFailure> {
  if (jwks !== undefined && jwksUri !== undefined) return fail('client_keys_ambiguous');
  const keys = jwks === undefined ? succeed(undefined) : parsePublicJwkSet(jwks);
  if (!keys.ok) return keys;
  if (!areNeeded) return succeed({ keys: undefined, jwksUri: undefined });
  if (keys.value === undefined && jwksUri === undefined) return fail('client_keys_missing');
  return succeed({ keys: keys.value, jwksUri });
}

function isLinkMember(name: string): boolean {
  return LINK_MEMBERS.includes(name.split('#', 1)[0] ?? name);
}

function grantTypes(asked: readonly string[] | undefined): readonly string[] {
  if (!asked?.includes('authorization_code')) return SUPPORTED_GRANT_TYPES;
  return SUPPORTED_GRANT_TYPES.filter((grantType) => asked.includes(grantType));
}
