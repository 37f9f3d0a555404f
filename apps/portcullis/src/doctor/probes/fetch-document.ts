import type { UntrustedFetchFailure } from '@portcullis/ports';
import { isJsonMediaType, type JsonObject, parseStrictJson } from '@portcullis/protocol';
import { quote } from '../finding.js';
import type { ProbeContext } from '../probe-context.js';

/** What stands at an address that should have a JSON object. */
export type FetchedDocument =
  | { readonly kind: 'found'; readonly document: JsonObject; readonly isServedAsJson: boolean }
  /** 404 or 410. */
  | { readonly kind: 'absent'; readonly status: number }
  /** Somewhere else, which was not followed. */
  | { readonly kind: 'redirect'; readonly status: number; readonly location: string | undefined }
  /** Another status. */
  | { readonly kind: 'status'; readonly status: number }
  /** 200, and no JSON object that every parser reads alike. */
  | { readonly kind: 'no_json'; readonly contentType: string | undefined }
  | { readonly kind: 'no_answer'; readonly failure: UntrustedFetchFailure; readonly detail: string | undefined };

const UNREACHED: Readonly<Record<UntrustedFetchFailure, string>> = {
  url_refused:
    'the address is none that is fetched from: https (or http where the issuer is on this computer), without a user',
  address_refused: 'it leads to an address that is not public, so nothing was sent there',
  name_not_resolved: 'the host has no address, or its name servers do not answer',
  not_connected: 'nobody listens there',
  tls_failed:
    'there is no TLS, or its certificate is for another name, has ended, or is signed by nobody who is trusted',
  busy: 'too much was under way',
  timed_out: 'no whole answer came in time',
  too_large: 'the answer is too large',
  encoding_refused: 'the answer is compressed though that was not asked for',
  interrupted: 'the connection broke off, or what came is no HTTP',
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Fetches a JSON object, one try, no redirect. Resolves in every case. */
export async function fetchDocument(context: ProbeContext, url: string, maxBytes: number): Promise<FetchedDocument> {
  const { fetch, timeoutMilliseconds } = context;
  const answer = await fetch({ url, headers: { accept: 'application/json' }, maxBytes, timeoutMilliseconds });
  if (!answer.ok) return { kind: 'no_answer', failure: answer.failure, detail: answer.detail };
  const { status, headers, body } = answer.value;
  if (status >= 300 && status < 400) {
    return { kind: 'redirect', status, location: headers.get('location') ?? undefined };
  }
  if (status === 404 || status === 410) return { kind: 'absent', status };
  if (status !== 200) return { kind: 'status', status };
  const contentType = headers.get('content-type');
  const document = readObject(body);
  if (document === undefined) return { kind: 'no_json', contentType: contentType ?? undefined };
  return { kind: 'found', document, isServedAsJson: isJsonMediaType(contentType) };
}

/** Why there is nothing to read, in words. */
export function tellMissing(fetched: Exclude<FetchedDocument, { readonly kind: 'found' }>): string {
  switch (fetched.kind) {
    case 'absent':
      return `nothing (HTTP ${fetched.status})`;
    case 'redirect': {
      const to = fetched.location === undefined ? '' : ` to ${quote(fetched.location)}`;
      return `a redirect${to} (HTTP ${fetched.status}), which was not followed`;
    }
    case 'status':
      return `HTTP ${fetched.status}`;
    case 'no_json': {
      const type = fetched.contentType === undefined ? 'without a Content-Type' : quote(fetched.contentType);
      return `no JSON object that every parser reads alike (${type})`;
    }
    case 'no_answer': {
      const detail = fetched.detail === undefined ? '' : ` (${fetched.detail})`;
      return UNREACHED[fetched.failure] + detail;
    }
  }
}

function readObject(body: Uint8Array): JsonObject | undefined {
  try {
    const parsed = parseStrictJson(utf8.decode(body));
    if (!parsed.ok) return undefined;
    const { value } = parsed.value;
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a parsed value is an object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that is a text which is not empty. */
export function textOf(object: JsonObject, name: string): string | undefined {
  const value = object[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** The texts of a member that is a list; undefined where it is absent or no list. */
export function textsOf(object: JsonObject, name: string): readonly string[] | undefined {
  const value = object[name];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : undefined;
}
