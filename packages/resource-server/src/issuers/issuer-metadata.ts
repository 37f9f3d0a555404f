import type { BoundedFetch, Clock } from '@portcullis/ports';
import { type Issuer, issuerMetadataLocations, type JsonObject, parseEndpointUrl } from '@portcullis/protocol';
import { fetchJsonObject } from './fetch-json.js';

/** Bytes of a metadata document. */
const MAX_METADATA_BYTES = 64 * 1024;

/** What the metadata of an issuer (RFC 8414 §2) say that a resource server acts on. */
export interface IssuerMetadata {
  /** Undefined where there is none, or it lies at another origin than the issuer. */
  readonly jwksUri: string | undefined;
  readonly introspectionEndpoint: string | undefined;
}

/** Knows the metadata of one issuer. */
export interface IssuerMetadataSource {
  /** What was learnt within the last hour, or is found now. Undefined where nothing is. */
  get(): Promise<IssuerMetadata | undefined>;
  /** Has the next caller look again: what an endpoint answered makes the metadata doubtful. */
  forget(): void;
}

/** How {@link createIssuerMetadataSource} looks. */
export interface IssuerMetadataOptions {
  readonly issuer: Issuer;
  readonly fetch: BoundedFetch;
  readonly clock: Clock;
  /** How long metadata are gone by. @defaultValue 3600 */
  readonly maxAgeSeconds?: number;
}

/**
 * All addresses where the metadata of an issuer may stand ({@link issuerMetadataLocations}).
 *
 * @throws {TypeError} when the issuer is not an https URL (or http at a loopback host) without query
 */
export function issuerMetadataUrls(issuer: Issuer): readonly string[] {
  const parsed = parseEndpointUrl(issuer);
  if (!parsed.ok || parsed.value.search !== '') throw new TypeError(`${JSON.stringify(issuer)} is no issuer`);
  return issuerMetadataLocations(parsed.value).map(({ url }) => url);
}

/**
 * Finds the metadata of an issuer. All addresses are asked at once, so that one that hangs holds nobody up; of those whose
 * document names exactly this issuer (RFC 8414 §3.3) the first counts. One that names another is as if it were not there:
 * the inserted address of one Okta server leads to another.
 *
 * An endpoint of another origin than the issuer's is not believed: whoever can change the document could have tokens shown
 * to a stranger, or verified by a stranger's keys. Where a provider has it elsewhere, it is configured.
 *
 * @throws {TypeError} when the issuer is not an https URL (or http at a loopback host) without query
 */
export function createIssuerMetadataSource(options: IssuerMetadataOptions): IssuerMetadataSource {
  const { issuer, fetch, clock, maxAgeSeconds = 3600 } = options;
  const urls = issuerMetadataUrls(issuer);
  let known: { readonly metadata: IssuerMetadata; readonly at: number } | undefined;
  let looking: Promise<IssuerMetadata | undefined> | undefined;

  async function look(): Promise<IssuerMetadata | undefined> {
    try {
      const documents = urls.map((url) => fetchJsonObject(fetch, url, MAX_METADATA_BYTES));
      const metadata = await firstOf(documents, issuer);
      if (metadata !== undefined) known = { metadata, at: clock.nowEpochSeconds() };
      return metadata;
    } finally {
      looking = undefined;
    }
  }

  return {
    async get() {
      if (known !== undefined && Math.abs(clock.nowEpochSeconds() - known.at) < maxAgeSeconds) return known.metadata;
      looking ??= look();
      return looking;
    },
    forget() {
      known = undefined;
    },
  };
}

/** The first in order, without waiting for those behind it. */
async function firstOf(
  documents: readonly Promise<JsonObject | undefined>[],
  issuer: Issuer,
): Promise<IssuerMetadata | undefined> {
  for (const document of documents) {
    const found = await document;
    if (found?.['issuer'] === issuer) return readMetadata(found, new URL(issuer).origin);
  }
  return undefined;
}

function readMetadata(document: JsonObject, origin: string): IssuerMetadata {
  return {
    jwksUri: endpointOf(document, 'jwks_uri', origin),
    introspectionEndpoint: endpointOf(document, 'introspection_endpoint', origin),
  };
}

function endpointOf(document: JsonObject, member: string, origin: string): string | undefined {
  const value = document[member];
  const url = typeof value === 'string' ? parseEndpointUrl(value) : undefined;
  return url?.ok === true && url.value.origin === origin ? url.value.href : undefined;
}
