/**
 * What `portcullis doctor` looks at, what it is called for a person, and where the rule stands. The names are stable:
 * programs decide by them.
 */
export const CHECKS = {
  address: { title: 'Address', rule: 'RFC 8414 §2; OAuth 2.1 §1.5' },
  certificate: { title: 'Certificate', rule: 'RFC 8414 §6.1; RFC 9110 §4.3.4' },
  metadata: {
    title: 'Metadata',
    rule: 'RFC 8414 §3; OpenID Connect Discovery §4; MCP 2026-07-28, Authorization Server Metadata Discovery',
  },
  issuer: { title: 'Issuer', rule: 'RFC 8414 §3.3' },
  'same-documents': { title: 'One answer', rule: 'RFC 8414 §3' },
  endpoints: { title: 'Endpoints', rule: 'RFC 8414 §2' },
  pkce: { title: 'PKCE', rule: 'MCP 2026-07-28, Authorization Code Protection; RFC 7636; OAuth 2.1 §4.1.1' },
  'pushed-requests': { title: 'Pushed requests', rule: 'RFC 9126 §5' },
  'iss-parameter': { title: 'iss in responses', rule: 'RFC 9207 §2' },
  grants: { title: 'Grant types', rule: 'RFC 8414 §2; OAuth 2.1 §4' },
  'client-proof': { title: 'Client proof', rule: 'RFC 8414 §2; RFC 7591 §2' },
  'refresh-tokens': { title: 'Refresh tokens', rule: 'OAuth 2.1 §4.3; OpenID Connect Core §11' },
  registration: { title: 'Registration', rule: 'RFC 7591 §3; MCP 2026-07-28, Client Registration' },
  'client-documents': {
    title: 'Client documents',
    rule: 'draft-ietf-oauth-client-id-metadata-document; MCP 2026-07-28, Client Registration',
  },
  keys: { title: 'Keys', rule: 'RFC 7517 §5; RFC 8414 §2' },
  'keys-origin': { title: 'Where keys lie', rule: 'RFC 8414 §2; RFC 9068 §4' },
  'key-ids': { title: 'Key ids', rule: 'RFC 7517 §4.5' },
  'no-secret-keys': { title: 'No secret keys', rule: 'RFC 7517 §9.2; RFC 7518 §6.4' },
  introspection: { title: 'Introspection', rule: 'RFC 7662 §2; RFC 8414 §2' },
  resource: { title: 'Resource', rule: 'RFC 8707 §2; RFC 9728 §4; MCP 2026-07-28, Resource Parameter Implementation' },
  recipient: { title: 'Recipient proof', rule: 'RFC 9068 §4; MCP 2026-07-28, Token Audience Binding and Validation' },
  provider: { title: 'Provider', rule: 'what the provider documents' },
  'token-format': { title: 'Format', rule: 'RFC 7519 §3; RFC 7516 §3.1' },
  'token-header': { title: 'Header', rule: 'RFC 9068 §2.1; RFC 8725 §3' },
  'token-signature': { title: 'Signature', rule: 'RFC 7515 §5.2; RFC 8725 §3.1' },
  'token-issuer': { title: 'iss', rule: 'RFC 9068 §4' },
  'token-audience': { title: 'aud', rule: 'RFC 9068 §4; RFC 8707 §2' },
  'token-times': { title: 'Times', rule: 'RFC 7519 §4.1; RFC 9068 §2.2' },
  'token-kind': { title: 'Kind', rule: 'RFC 9068 §2.1; OpenID Connect Core §2' },
  'token-binding': { title: 'Binding', rule: 'RFC 9449 §6; RFC 7800 §3' },
  'token-scopes': { title: 'Scopes', rule: 'RFC 9068 §2.2.3' },
  'token-client': { title: 'Client', rule: 'RFC 9068 §2.2' },
  'token-subject': { title: 'Subject', rule: 'RFC 9068 §2.2' },
  'token-tenant': { title: 'Tenant and groups', rule: 'RFC 9068 §2.2.3.1' },
  'token-rules': { title: 'By the preset', rule: 'what the provider documents' },
} as const satisfies Readonly<Record<string, { readonly title: string; readonly rule: string }>>;

/** One of {@link CHECKS}. */
export type Check = keyof typeof CHECKS;

/**
 * How a look at something came out. `pass`: as it has to be. `note`: worth knowing, and nothing to do. `warn`: it works, at a
 * cost that the message names. `fail`: something does not work, or is not safe.
 */
export type Status = 'pass' | 'note' | 'warn' | 'fail';

/**
 * What a finding rules out. `direct`: MCP clients cannot, or must not, use the provider as their authorization server, or its
 * tokens cannot be held against this resource. Nothing of a sample token does: how it was fetched is the operator's doing.
 * `both`: nobody should rely on the provider as it is.
 */
export type Obstacle = 'direct' | 'both';

/** One thing that was looked at. */
export interface Finding {
  readonly check: Check;
  readonly status: Status;
  /** What was found, in words. May hold what the provider wrote: clean it before a terminal shows it. */
  readonly message: string;
  /** What to do about it, where there is something. */
  readonly advice?: string;
  readonly rulesOut?: Obstacle;
}

/** What a finding may have beside its words. */
export type FindingExtras = Pick<Finding, 'advice' | 'rulesOut'>;

/** As it has to be. */
export function pass(check: Check, message: string): Finding {
  return { check, status: 'pass', message };
}

/** Worth knowing. */
export function note(check: Check, message: string, extras: FindingExtras = {}): Finding {
  return { check, status: 'note', message, ...extras };
}

/** Works, at a cost. */
export function warn(check: Check, message: string, extras: FindingExtras = {}): Finding {
  return { check, status: 'warn', message, ...extras };
}

/** Does not work, or is not safe. */
export function fault(check: Check, message: string, extras: FindingExtras = {}): Finding {
  return { check, status: 'fail', message, ...extras };
}

/** A value in words: a text in quotes, anything else as JSON, cut where it is long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}

/** Texts one after the other, at most `most` of them. */
export function list(texts: readonly string[], most = 12): string {
  const shown = texts.slice(0, most).map((text) => (text.length > 100 ? `${text.slice(0, 99)}…` : text));
  return texts.length > most ? `${shown.join(', ')} and ${texts.length - most} more` : shown.join(', ');
}
