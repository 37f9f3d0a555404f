import { z } from 'zod';
import type { JsonValue } from '../json/strict-json.js';
import { fail, type Result, succeed } from '../result.js';
import { type ClientDescription, type ClientDescriptionFailure, parseClientDescription } from './client-description.js';

/** How a client may ask to prove itself at the token endpoint. */
export const TOKEN_ENDPOINT_AUTH_METHODS = ['none', 'client_secret_basic', 'client_secret_post'] as const;

const authMethodSchema = z.enum(TOKEN_ENDPOINT_AUTH_METHODS).optional();

/** What a client asks for when it registers (RFC 7591 §2), as far as it can be granted. */
export interface ClientMetadata extends ClientDescription {
  /** `client_secret_basic` when nothing is asked for (RFC 7591 §2). */
  readonly tokenEndpointAuthMethod: (typeof TOKEN_ENDPOINT_AUTH_METHODS)[number];
}

/**
 * Parses the body of a registration request (RFC 7591 §3.1): a client's description, and how it will authenticate. A
 * client cannot choose its id or its secret.
 *
 * Failures are those of {@link parseClientDescription}; `client_metadata_malformed` also for a method that there is not.
 */
export function parseClientMetadata(body: JsonValue): Result<ClientMetadata, ClientDescriptionFailure> {
  const described = parseClientDescription(body);
  if (!described.ok) return described;
  const { description, members } = described.value;
  const authMethod = authMethodSchema.safeParse(members['token_endpoint_auth_method']);
  if (!authMethod.success) return fail('client_metadata_malformed');
  return succeed({ ...description, tokenEndpointAuthMethod: authMethod.data ?? 'client_secret_basic' });
}
