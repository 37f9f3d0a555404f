/** The rules that a client's document is held against, and where each stands: headings, since the numbers of a draft move. The
 * names are stable: programs decide by them. */
export const RULES = {
  'client-id-url': 'draft-ietf-oauth-client-id-metadata-document, "Client Identifier"',
  'client-id-is-the-url': 'draft-ietf-oauth-client-id-metadata-document, "Client Metadata Document"; RFC 3986 §6.2.1',
  reachable: 'draft-ietf-oauth-client-id-metadata-document, "Client Information Discovery", "SSRF Attacks"',
  status: 'draft-ietf-oauth-client-id-metadata-document, "Client Information Discovery"',
  'content-type': 'draft-ietf-oauth-client-id-metadata-document, "Client Metadata Document"',
  size: 'draft-ietf-oauth-client-id-metadata-document, "Maximum Response Size for Client ID Metadata Documents"',
  caching: 'draft-ietf-oauth-client-id-metadata-document, "Metadata Caching"; RFC 9111',
  json: 'draft-ietf-oauth-client-id-metadata-document, "Client Metadata Document"; RFC 7493',
  'no-secret': 'draft-ietf-oauth-client-id-metadata-document, "Credential and Key Material Restrictions"',
  'client-name': 'MCP 2026-07-28, Client Registration',
  'redirect-uri': 'OAuth 2.1 §2.3.1; RFC 8252 §7; MCP 2026-07-28, Communication Security',
  proof: 'draft-ietf-oauth-client-id-metadata-document, "Client Authentication"; RFC 7591 §2',
  metadata: 'RFC 7591 §2; OpenID Connect Dynamic Client Registration §2',
  'same-origin':
    'draft-ietf-oauth-client-id-metadata-document, "Relationship between redirect_uris and client_id or client_uri"',
} as const;

/** One of {@link RULES}. */
export type Rule = keyof typeof RULES;

/** Something that is wrong with a client's document, or that could be better. */
export interface Finding {
  /** An error is why an authorization server refuses the document; advice, what some do, or what costs people something. */
  readonly kind: 'error' | 'advice';
  readonly rule: Rule;
  /** The member of the document that it is about, where it is about one. */
  readonly member?: string;
  /** What is wrong and what to do, in words. May hold what a stranger wrote: clean it before a terminal shows it. */
  readonly message: string;
}

/** An error. */
export function fault(rule: Rule, message: string, member?: string): Finding {
  return { kind: 'error', rule, message, ...(member === undefined ? {} : { member }) };
}

/** A piece of advice. */
export function advice(rule: Rule, message: string, member?: string): Finding {
  return { kind: 'advice', rule, message, ...(member === undefined ? {} : { member }) };
}

/** Only the errors, or only the advice. */
export function ofKind(findings: readonly Finding[], kind: Finding['kind']): readonly Finding[] {
  return findings.filter((finding) => finding.kind === kind);
}

/** A value in words: a text in quotes, anything else as JSON, cut where it is long. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 200 ? `${text.slice(0, 199)}…` : text;
}
