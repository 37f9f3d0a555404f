import { type Issuer, isLoopbackHost, parseEndpointUrl, parseUrl } from '@portcullis/protocol';
import type { TokenVerification } from '../issuers/trusted-issuer.js';

/** Where the keys of a provider are, for presets whose tokens are verified by their signature. */
export interface KeyLocation {
  /**
   * The JWK Set, an https URL. For keys at another origin than the issuer's, which are not taken from its metadata: a proxy
   * or a domain of one's own in front, or a provider that has them at another host.
   * @defaultValue what the issuer's metadata say
   */
  readonly jwksUri?: string;
}

/** How a kind of provider writes its issuer. */
interface IssuerForm {
  /** For the message: the provider, as a person calls it. */
  readonly provider: string;
  readonly shape: RegExp;
  /** What one looks like. */
  readonly example: string;
}

/** @throws {TypeError} when a preset is given no options at all, or only a text */
export function requireOptions(preset: string, options: unknown): void {
  if (typeof options === 'object' && options !== null) return;
  throw new TypeError(`${preset}: its options are missing: write ${preset}({ … })`);
}

/**
 * An issuer as it stands in tokens: an absolute URL without query, fragment or user, `https` except on this computer.
 * Compared as a string ever after, so nothing is added or taken away.
 *
 * @throws {TypeError} when it is none, or not of the form that the provider writes
 */
export function requireIssuer(preset: string, issuer: unknown, form?: IssuerForm): Issuer {
  if (typeof issuer !== 'string' || issuer === '') throw new TypeError(`${preset}: \`issuer\` is missing`);
  if (!isIssuer(issuer)) {
    throw new TypeError(`${preset}: \`issuer\` must be an https URL without query, fragment or user, not ${issuer}`);
  }
  if (form !== undefined && !form.shape.test(issuer)) {
    throw new TypeError(`${preset}: ${form.provider} writes its issuers like ${form.example}, not like ${issuer}`);
  }
  return issuer;
}

/** @throws {TypeError} when it is not a text, or not of this form */
export function requireText(preset: string, option: string, value: unknown, form?: RegExp, hint?: string): string {
  if (typeof value !== 'string' || value === '') throw new TypeError(`${preset}: \`${option}\` is missing`);
  if (form !== undefined && !form.test(value)) throw new TypeError(`${preset}: \`${option}\` must be ${hint ?? form}`);
  return value;
}

/** @throws {TypeError} when it is not a list of texts, or has none */
export function requireTexts(preset: string, option: string, value: unknown): readonly string[] {
  const isList = Array.isArray(value) && value.every((item) => typeof item === 'string' && item !== '');
  if (!isList || value.length === 0)
    throw new TypeError(`${preset}: \`${option}\` must be a list with at least one text`);
  return [...value];
}

/** As {@link requireTexts}, where there may be no such option at all. An empty list is refused: it would let nobody in. */
export function optionalTexts(preset: string, option: string, value: unknown): readonly string[] | undefined {
  return value === undefined ? undefined : requireTexts(preset, option, value);
}

/**
 * Verification by signature, with keys from where the options say.
 *
 * @throws {TypeError} when `jwksUri` is no https URL (or http at a loopback host)
 */
export function signatureVerification(preset: string, { jwksUri }: KeyLocation): TokenVerification {
  if (jwksUri === undefined) return { method: 'signature' };
  if (typeof jwksUri !== 'string' || !parseEndpointUrl(jwksUri).ok) {
    throw new TypeError(`${preset}: \`jwksUri\` must be an https URL, not ${String(jwksUri)}`);
  }
  return { method: 'signature', jwksUri };
}

function isIssuer(text: string): boolean {
  const url = parseUrl(text);
  if (url === undefined) return false;
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
  const isPlain = url.username === '' && url.password === '' && !text.includes('?') && !text.includes('#');
  return isSafe && isPlain && (text === url.href || `${text}/` === url.href);
}
