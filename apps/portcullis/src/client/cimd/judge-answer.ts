import { readHttpFreshness } from '@portcullis/authorization-server/rules';
import type { UntrustedFetchFailure, UntrustedFetchResult, UntrustedResponse } from '@portcullis/ports';
import { isJsonMediaType } from '@portcullis/protocol';
import { advice, type Finding, fault, quote } from './finding.js';

/** For which a cache may keep an answer at most: longer is cut to this by the authorization server. */
const DAY_SECONDS = 86_400;
/** Below this, nearly every sign-in fetches the document anew. */
const SHORT_SECONDS = 60;

const UNREACHED: Readonly<Record<UntrustedFetchFailure, string>> = {
  url_refused: 'the URL is none that a document is fetched from',
  address_refused: 'the host leads to an address that is not public: authorization servers fetch nothing from there',
  name_not_resolved: 'the host has no address, or its name servers do not answer',
  not_connected: 'nobody listens there',
  tls_failed:
    'there is no TLS, or its certificate is for another name, has ended, or is signed by nobody who is trusted',
  busy: 'too much was under way',
  timed_out: 'the answer took longer than the 5 seconds that an authorization server waits',
  too_large: 'the answer is far larger than the 5 KiB that an authorization server reads',
  encoding_refused: 'the answer is compressed though that was not asked for: serve it without Content-Encoding',
  interrupted: 'the connection broke off, or what came is no HTTP',
};

/** Why there is no answer, as a finding. */
export function tellUnreached(result: Extract<UntrustedFetchResult, { readonly ok: false }>): Finding {
  const detail = result.detail === undefined ? '' : ` (${result.detail})`;
  return fault(result.failure === 'too_large' ? 'size' : 'reachable', `${UNREACHED[result.failure]}${detail}`);
}

/**
 * Judges how a document is served (draft-ietf-oauth-client-id-metadata-document, "Client Information Discovery"): 200, JSON,
 * no redirect, and what it says of being kept. Does not look at the body.
 */
export function judgeAnswer({ status, headers }: UntrustedResponse, nowEpochSeconds: number): readonly Finding[] {
  if (status >= 300 && status < 400) {
    const location = headers.get('location');
    const to = location === null ? '' : ` to ${quote(location)}`;
    return [
      fault(
        'status',
        `the answer is a redirect${to} (HTTP ${status}): it is not followed; serve the document at the URL itself`,
      ),
    ];
  }
  if (status !== 200) return [fault('status', `the answer is HTTP ${status}: it has to be 200`)];
  const contentType = headers.get('content-type');
  const isJson = isJsonMediaType(contentType);
  const type = contentType === null ? 'missing' : quote(contentType);
  return [
    ...(isJson
      ? []
      : [
          fault(
            'content-type',
            `Content-Type is ${type}: it has to be application/json (or application/…+json), with no parameter but charset=utf-8`,
          ),
        ]),
    ...judgeCaching(headers, nowEpochSeconds),
  ];
}

function judgeCaching(headers: Headers, nowEpochSeconds: number): readonly Finding[] {
  const { mayBeKept, lifetimeSeconds } = readHttpFreshness(headers, nowEpochSeconds);
  if (!mayBeKept) {
    return [
      advice(
        'caching',
        'Cache-Control: no-store makes every sign-in fetch the document anew, and fail while its host is down',
      ),
    ];
  }
  if (lifetimeSeconds === undefined) {
    return [advice('caching', 'nothing says how long the document stays fresh: Cache-Control: max-age=3600 would')];
  }
  const findings: Finding[] = [];
  if (lifetimeSeconds < SHORT_SECONDS) {
    findings.push(
      advice('caching', `the document stays fresh for ${lifetimeSeconds} s: nearly every sign-in fetches it anew`),
    );
  }
  if (lifetimeSeconds >= DAY_SECONDS) {
    findings.push(
      advice('caching', 'the document stays fresh for a day or more: a change of it takes as long to be seen'),
    );
  }
  if (!headers.has('etag')) {
    findings.push(advice('caching', 'there is no ETag, with which a document that has not changed is not sent again'));
  }
  return findings;
}
