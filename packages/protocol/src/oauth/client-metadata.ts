import { z } from 'zod';
import type { JsonValue } from '../json/json-value.js';
import { fail, type Result, succeed } from '../result.js';
import {
  type ClientDescription,
  type ClientDescriptionFailure,
  parseClientDescription,
  SUPPORTED_GRANT_TYPES,
} from './client-description.js';
import { isEmptyJwkSet, type PublicJwkSetFailure, type PublicSigningKey, parsePublicJwkSet } from './public-jwk-set.js';

/** How a client may ask to prove itself at the token endpoint. */
export const TOKEN_ENDPOINT_AUTH_METHODS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
] as const;

const authMethodSchema = z.enum(TOKEN_ENDPOINT_AUTH_METHODS).optional();

/** What a client asks for when it registers (RFC 7591 §2), as far as it can be granted. */
export interface ClientMetadata extends ClientDescription {
  /** `authorization_code` is always among them. */
  readonly grantTypes: readonly string[];
  /** `client_secret_basic` when nothing is asked for (RFC 7591 §2). */
  readonly tokenEndpointAuthMethod: (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];
  /** The keys of `private_key_jwt`; undefined for every other method, and where {@link ClientMetadata.jwksUri} says where
   * they are. */
  readonly keys: readonly PublicSigningKey[] | undefined;
  /** Of `private_key_jwt` alone. An https URL, nothing more: only `untrustedFetch` may go there. */
  readonly jwksUri: string | undefined;
}

/** Why client metadata is not accepted. */
export type ClientMetadataFailure =
  | ClientDescriptionFailure
  | PublicJwkSetFailure
  | 'token_endpoint_auth_method_malformed'
  | 'client_keys_ambiguous'
  | 'client_keys_missing';

/**
 * Parses the body of a registration request (RFC 7591 §3.1): a client's description, and how it will authenticate. A
 * client cannot choose its id or its secret. Of the grant types it names, those that can be had are kept, and the answer says
 * which (RFC 7591 §3.2.1); a list without `authorization_code`, or none, gives way to the default, it and `refresh_token`. The
 * others, `client_credentials` among them, are the operator's to give.
 *
 * `jwks` is checked whatever the method, since a secret in it is one that leaked; it is kept for `private_key_jwt` alone.
 * An empty set beside another method is no `jwks`: some clients write down what they have not got.
 *
 * Failures: those of {@link parseClientDescription} and {@link parsePublicJwkSet}; `client_keys_ambiguous` for `jwks`
 * together with `jwks_uri`; `client_keys_missing` for `private_key_jwt` with neither;
 * `token_endpoint_auth_method_malformed` for a method that there is not.
 */
export function parseClientMetadata(body: JsonValue): Result<ClientMetadata, ClientMetadataFailure> {
  const described = parseClientDescription(body);
  if (!described.ok) return described;
  const { description, members } = described.value;
  const { grantTypes: named } = description;
  const grantTypes = named?.includes('authorization_code') === true ? named : SUPPORTED_GRANT_TYPES;
  const authMethod = authMethodSchema.safeParse(members['token_endpoint_auth_method']);
  if (!authMethod.success) return fail('token_endpoint_auth_method_malformed');
  const tokenEndpointAuthMethod = authMethod.data ?? 'client_secret_basic';
  const areKeysNeeded = tokenEndpointAuthMethod === 'private_key_jwt';
  const jwks = areKeysNeeded || !isEmptyJwkSet(members['jwks']) ? members['jwks'] : undefined;
  const keys = readKeys(jwks, description.jwksUri, areKeysNeeded);
  return keys.ok ? succeed({ ...description, grantTypes, tokenEndpointAuthMethod, ...keys.value }) : keys;
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
