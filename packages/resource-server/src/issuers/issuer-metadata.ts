import type { BoundedFetch, Clock } from '@portcullis/ports';
import {
  fail,
  type Issuer,
  issuerMetadataLocations,
  type JsonObject,
  parseEndpointUrl,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { fetchJsonObject } from './fetch-json.js';
import type { IssuerFault } from './issuer-fault.js';

/** Bytes of a metadata document. */
const MAX_METADATA_BYTES = 64 * 1024;

/** How long a document that was found waits for those that come before it. */
const GRACE_MILLISECONDS = 500;

/** What the metadata of an issuer (RFC 8414 §2) say that a resource server acts on. */
export interface IssuerMetadata {
  /** A fault where there is none, or it lies at another origin than the issuer. */
  readonly jwksUri: Result<string, IssuerFault>;
  readonly introspectionEndpoint: Result<string, IssuerFault>;
}

/** Knows the metadata of one issuer. */
export interface IssuerMetadataSource {
  /** What was learnt within the last hour, or is found now; where nothing is, the fault that tells most. */
  get(): Promise<Result<IssuerMetadata, IssuerFault>>;
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
 * Finds the metadata of an issuer. All addresses are asked at once. Of those whose document names exactly this issuer
 * (RFC 8414 §3.3) the first in order counts, and an address that hangs holds nobody up: half a second after a document was
 * found it is taken, whatever those before it are at. One that names another issuer is as if it were not there: the inserted
 * address of one Okta server leads to another.
 *
 * An endpoint of another origin than the issuer's is not believed: whoever can change the document could have tokens shown
 * to a stranger, or verified by a stranger's keys. Where a provider has it elsewhere, it is configured.
 *
 * @throws {TypeError} when the issuer is not an https URL (or http at a loopback host) without query
 */
export function createIssuerMetadataSource(options: IssuerMetadataOptions): IssuerMetadataSource {
  const { issuer, fetch, clock, maxAgeSeconds = 3600 } = options;
  const urls = issuerMetadataUrls(issuer);
  const { origin } = new URL(issuer);
  let known: { readonly metadata: IssuerMetadata; readonly at: number } | undefined;
  let looking: Promise<Result<IssuerMetadata, IssuerFault>> | undefined;

  async function read(url: string): Promise<Document> {
    const document = await fetchJsonObject(fetch, url, MAX_METADATA_BYTES);
    return document.ok && document.value['issuer'] !== issuer ? fail({ reason: 'other_issuer', url }) : document;
  }

  async function look(): Promise<Result<IssuerMetadata, IssuerFault>> {
    try {
      const document = await firstOf(urls.map(read));
      if (!document.ok) return document;
      const metadata: IssuerMetadata = {
        jwksUri: endpointOf(document.value, 'jwks_uri', origin),
        introspectionEndpoint: endpointOf(document.value, 'introspection_endpoint', origin),
      };
      known = { metadata, at: clock.nowEpochSeconds() };
      return succeed(metadata);
    } finally {
      looking = undefined;
    }
  }

  return {
    async get() {
      if (known !== undefined && Math.abs(clock.nowEpochSeconds() - known.at) < maxAgeSeconds) {
        return succeed(known.metadata);
      }
      looking ??= look();
      return looking;
    },
    forget() {
      known = undefined;
    },
  };
}

/** A document of the issuer, or why there is none at an address. */
type Document = Result<JsonObject, IssuerFault>;

/** The first in order, without waiting for those behind it, and not for long for those before it. */
async function firstOf(documents: readonly Promise<Document>[]): Promise<Document> {
  const found = documents.map(async (document) => ((await document).ok ? document : Promise.reject()));
  const quickest = await Promise.any(found).catch(() => undefined);
  if (quickest === undefined) return mostTelling(await Promise.all(documents));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const afterGrace = new Promise<Document>((resolve) => {
    timer = setTimeout(() => resolve(quickest), GRACE_MILLISECONDS);
  });
  try {
    return await Promise.race([firstInOrder(documents, quickest), afterGrace]);
  } finally {
    clearTimeout(timer);
  }
}

async function firstInOrder(documents: readonly Promise<Document>[], otherwise: Document): Promise<Document> {
  for (const document of documents) {
    const found = await document;
    if (found.ok) return found;
  }
  return otherwise;
}

/** A document of another issuer says more than one that is broken, and that more than one that is not there. */
function mostTelling(documents: readonly Document[]): Document {
  const faults = documents.flatMap((document) => (document.ok ? [] : [document.failure]));
  const told =
    faults.find(({ reason }) => reason === 'other_issuer') ??
    faults.find(({ httpStatus }) => httpStatus !== 404) ??
    faults[0];
  return fail(told ?? { reason: 'not_reached' });
}

function endpointOf(document: JsonObject, member: string, origin: string): Result<string, IssuerFault> {
  const value = document[member];
  const url = typeof value === 'string' ? parseEndpointUrl(value) : undefined;
  if (url?.ok !== true) return fail({ reason: 'endpoint_missing' });
  const { href } = url.value;
  return url.value.origin === origin ? succeed(href) : fail({ reason: 'endpoint_elsewhere', url: href });
}
