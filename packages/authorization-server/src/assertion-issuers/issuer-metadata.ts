import type { BoundedFetch } from '@portcullis/ports';
import {
  fail,
  issuerMetadataLocations,
  parseEndpointUrl,
  parseStrictJson,
  type Result,
  succeed,
} from '@portcullis/protocol';

/** What one document may cost. */
const LIMITS = { maxBytes: 64 * 1024, timeoutMilliseconds: 5000 };

/** Metadata are flat, or nearly. */
const MAX_JSON_DEPTH = 8;

/**
 * Finds where the keys of an issuer are: `jwks_uri` of its metadata (RFC 8414 §3, OpenID Connect Discovery §4). All places are
 * asked at once, and the first in order whose document names exactly this issuer (RFC 8414 §3.3) and a `jwks_uri` counts.
 *
 * An address of another origin than the issuer's is not believed: whoever can change the document could have assertions
 * verified by a stranger's keys. Where an issuer has its keys elsewhere, `jwksUri` is configured.
 *
 * @returns failure: a word for the trail
 */
export async function findJwksUri(fetch: BoundedFetch, issuer: string): Promise<Result<string, string>> {
  const parsed = parseEndpointUrl(issuer);
  if (!parsed.ok) return fail('issuer_no_url');
  const { origin } = parsed.value;
  const found = await Promise.all(issuerMetadataLocations(parsed.value).map(({ url }) => read(fetch, url, issuer)));
  const good = found.filter(({ ok }) => ok);
  const document =
    good.find((one) => one.ok && typeof one.value === 'string') ??
    good[0] ??
    found.find((one) => !one.ok && one.failure !== 'status_404');
  if (document === undefined) return fail('metadata_not_found');
  if (!document.ok) return fail(`metadata_${document.failure}`);
  const jwksUri = typeof document.value === 'string' ? parseEndpointUrl(document.value) : undefined;
  if (jwksUri?.ok !== true) return fail('metadata_without_jwks_uri');
  return jwksUri.value.origin === origin ? succeed(jwksUri.value.href) : fail('jwks_uri_of_other_origin');
}

/** The `jwks_uri` of a document of this issuer, whatever it is. */
async function read(fetch: BoundedFetch, url: string, issuer: string): Promise<Result<unknown, string>> {
  const answer = await fetch({ url, method: 'GET', headers: { accept: 'application/json' }, ...LIMITS });
  if (!answer.ok) return answer;
  if (answer.value.status !== 200) return fail(`status_${answer.value.status}`);
  const json = parseStrictJson(answer.value.body, { maxDepth: MAX_JSON_DEPTH });
  const value = json.ok ? json.value.value : undefined;
  if (typeof value !== 'object' || value === null || !('issuer' in value)) return fail('malformed');
  return value.issuer === issuer ? succeed('jwks_uri' in value ? value.jwks_uri : undefined) : fail('of_other_issuer');
}
