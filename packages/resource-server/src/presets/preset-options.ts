import { type Issuer, isLoopbackHost } from '@portcullis/protocol';

/** How a kind of provider writes its issuer. */
interface IssuerForm {
  /** For the message: the provider, as a person calls it. */
  readonly provider: string;
  readonly shape: RegExp;
  /** What one looks like. */
  readonly example: string;
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

function isIssuer(text: string): boolean {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return false;
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname));
  const isPlain = url.username === '' && url.password === '' && !text.includes('?') && !text.includes('#');
  return isSafe && isPlain && (text === url.href || `${text}/` === url.href);
}
