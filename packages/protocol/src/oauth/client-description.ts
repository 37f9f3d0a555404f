import { z } from 'zod';
import type { JsonObject, JsonValue } from '../json/json-value.js';
import { fail, type Result, succeed } from '../result.js';
import { parseUrl } from '../text/parse-url.js';
import { isHttpsUrl } from './https-url.js';
import { isLoopbackHost } from './loopback-host.js';

/** The grant types a client may register for. Nothing it asks for adds one: the others are the operator's to give. */
export const SUPPORTED_GRANT_TYPES = ['authorization_code', 'refresh_token'] as const;

const MAX_REDIRECT_URIS = 20;
const MAX_NAME_LENGTH = 512;
const MAX_LIST = 20;
const MAX_LINK_LENGTH = 2048;

const httpsUri = z.string().refine(isHttpsUrl);

/** Members that hold an address a person may be sent to. They may carry a language tag (RFC 7591 §2.2). */
const LINK_MEMBERS = ['client_uri', 'logo_uri', 'tos_uri', 'policy_uri', 'jwks_uri'] as const;
/** The others that are looked at. */
const PLAIN_MEMBERS = [
  'grant_types',
  'response_types',
  'client_name',
  'application_type',
  'dpop_bound_access_tokens',
  'require_pushed_authorization_requests',
] as const;

const wireSchema = z.object({
  grant_types: z.array(z.string().max(256)).max(MAX_LIST).optional(),
  response_types: z.array(z.string().max(256)).max(MAX_LIST).optional(),
  client_name: z.string().max(MAX_NAME_LENGTH).optional(),
  client_uri: z.string().optional(),
  jwks_uri: z.string().optional(),
  application_type: z.enum(['native', 'web']).optional(),
  dpop_bound_access_tokens: z.boolean().optional(),
  require_pushed_authorization_requests: z.boolean().optional(),
});

const redirectUrisSchema = z.array(z.string()).min(1).max(MAX_REDIRECT_URIS);

/** What a client says of itself, whether it registers or publishes a document (RFC 7591 §2). */
export interface ClientDescription {
  /** As they came; see `parseRedirectUri` for which of them may be registered. */
  readonly redirectUris: readonly string[];
  /** Those it names that a client may register for; undefined where it names none at all, of whatever kind. */
  readonly grantTypes: readonly string[] | undefined;
  readonly clientName: string | undefined;
  readonly clientUri: string | undefined;
  readonly jwksUri: string | undefined;
  readonly applicationType: 'native' | 'web' | undefined;
  /** Whether it only wants access tokens that are bound to a key (RFC 9449 §5.2). */
  readonly dpopBoundAccessTokens: boolean;
  /** Whether it only begins with pushed requests (RFC 9126 §6). */
  readonly requirePushedAuthorizationRequests: boolean;
}

/** A description, and every member it was read from: those that are neither null nor an empty text. */
export interface DescribedClient {
  readonly description: ClientDescription;
  readonly members: JsonObject;
}

/** Why a description cannot be used. */
export type ClientDescriptionFailure =
  | 'client_metadata_malformed'
  | 'redirect_uris_malformed'
  | `${(typeof LINK_MEMBERS | typeof PLAIN_MEMBERS)[number]}_malformed`;

/**
 * Parses the members of client metadata that mean the same in every way a client can be made known (RFC 7591 §2).
 * Members that are not known are ignored, as the RFC asks: a client cannot choose its tenant or how far it is trusted.
 * Members that are null or an empty text count as absent. Grant types that do not exist here are left out; an empty list
 * of them counts as absent. Links are https; `client_uri` may be http on loopback as well. `scope` is ignored: what a
 * client may do is what a person consents to.
 *
 * Failures: `client_metadata_malformed` for what is no object; `redirect_uris_malformed` for missing, empty, ill-typed or
 * more than 20 redirect URIs; for any other member one that names it, without its language tag. Does not look at how the
 * client authenticates.
 */
export function parseClientDescription(body: JsonValue): Result<DescribedClient, ClientDescriptionFailure> {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return fail('client_metadata_malformed');
  const present = Object.entries(body).filter(([, value]) => value !== null && value !== '');
  const members = Object.fromEntries(present);
  const redirectUris = redirectUrisSchema.safeParse(members['redirect_uris']);
  if (!redirectUris.success) return fail('redirect_uris_malformed');
  const unsafeLink = LINK_MEMBERS.find((member) => present.some(([name, value]) => isUnsafeLink(member, name, value)));
  if (unsafeLink !== undefined) return fail(`${unsafeLink}_malformed` as const);
  const metadata = wireSchema.safeParse(members);
  if (!metadata.success) return fail(describeMalformed(metadata.error));
  const wire = metadata.data;
  if (wire.response_types !== undefined && !wire.response_types.includes('code')) {
    return fail('response_types_malformed');
  }
  const description: ClientDescription = {
    redirectUris: redirectUris.data,
    grantTypes: readGrantTypes(wire.grant_types),
    clientName: wire.client_name,
    clientUri: wire.client_uri,
    jwksUri: wire.jwks_uri,
    applicationType: wire.application_type,
    dpopBoundAccessTokens: wire.dpop_bound_access_tokens ?? false,
    requirePushedAuthorizationRequests: wire.require_pushed_authorization_requests ?? false,
  };
  return succeed({ description, members });
}

function isUnsafeLink(member: string, name: string, value: JsonValue | undefined): boolean {
  const isOfMember = name === member || name.startsWith(`${member}#`);
  if (!isOfMember || httpsUri.safeParse(value).success) return false;
  return member !== 'client_uri' || typeof value !== 'string' || !isLoopbackPage(value);
}

/** The page of an application that runs on this computer alone (RFC 8252 §7.3), which has no certificate. */
function isLoopbackPage(text: string): boolean {
  if (text.length > MAX_LINK_LENGTH || !/^http:\/\/[\x21-\x7e]+$/.test(text) || parseUrl(text) === undefined)
    return false;
  const { hostname, username, password } = new URL(text);
  return isLoopbackHost(hostname) && username === '' && password === '';
}

/** Names the first member that is wrong. Only what the schema knows can be: nothing of the text gets into it. */
function describeMalformed({ issues }: z.ZodError): ClientDescriptionFailure {
  const [first] = issues;
  const member = PLAIN_MEMBERS.find((name) => name === first?.path[0]);
  return member === undefined ? 'client_metadata_malformed' : `${member}_malformed`;
}

function readGrantTypes(named: readonly string[] | undefined): readonly string[] | undefined {
  return named === undefined || named.length === 0
    ? undefined
    : SUPPORTED_GRANT_TYPES.filter((grantType) => named.includes(grantType));
}
