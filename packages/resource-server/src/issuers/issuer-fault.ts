import type { BoundedFetchFailure } from '@portcullis/ports';

/** Why something that an issuer should serve cannot be had from it, in words of a trail. */
export type IssuerFaultReason =
  | BoundedFetchFailure
  /** It answered with another status than 200, a redirect among them. */
  | 'http_status'
  /** It is not served as JSON, or is none that all parsers read alike. */
  | 'not_json'
  /** The metadata are of another issuer. */
  | 'other_issuer'
  /** The metadata do not say where it is. */
  | 'endpoint_missing'
  /** The metadata say that it is at another origin, which is only believed of configuration. */
  | 'endpoint_elsewhere'
  | 'no_key_set'
  /** None of the keys may verify tokens by the rules of the issuer. */
  | 'no_usable_key';

/** What is wrong, and where. */
export interface IssuerFault {
  readonly reason: IssuerFaultReason;
  /** The address that was asked, or that the metadata name. */
  readonly url?: string;
  /** For `http_status`. */
  readonly httpStatus?: number;
}

/** Longest address that is told, in UTF-16 code units. */
const MAX_TOLD_LENGTH = 256;

/** What a fault of the keys means to whoever runs the resource, with what to do about it where that is known. */
export function tellKeysFault(fault: IssuerFault): string {
  const where = fault.url === undefined ? 'The address' : tellAddress(fault.url);
  switch (fault.reason) {
    case 'address_refused':
      return `${where} may not be reached from here`;
    case 'not_reached':
      return `${where} could not be reached`;
    case 'timed_out':
      return `${where} did not answer in time`;
    case 'too_large':
      return `${where} answered with more than is read`;
    case 'http_status':
      return `${where} answered with status ${fault.httpStatus}`;
    case 'not_json':
      return `${where} answered with what is no JSON object, or does not say that it is JSON`;
    case 'other_issuer':
      return `The metadata at ${where} name another issuer: configure the issuer exactly as they have it, if it is that one`;
    case 'endpoint_missing':
      return 'The metadata have no usable jwks_uri: configure jwksUri';
    case 'endpoint_elsewhere':
      return `The metadata have the keys at another origin, ${where}: configure it as jwksUri, if it is the provider's`;
    case 'no_key_set':
      return `${where} answered with what is no JWK Set`;
    case 'no_usable_key':
      return `${where} has no key that may verify tokens of this issuer`;
  }
}

/** Without a query, in which a provider may have put a secret. */
function tellAddress(url: string): string {
  const { origin, pathname } = new URL(url);
  return `${origin}${pathname}`.slice(0, MAX_TOLD_LENGTH);
}
