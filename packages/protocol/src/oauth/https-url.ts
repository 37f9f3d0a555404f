import { parseUrl } from '../text/parse-url.js';

const MAX_URL_LENGTH = 2048;

/**
 * Whether a text is an absolute https URL in printable ASCII, of at most 2048 characters: an address that a person may be
 * sent to, or that keys are fetched from. Says nothing of its host: whether that may be asked is the fetch's to decide.
 */
export function isHttpsUrl(text: string): boolean {
  return text.length <= MAX_URL_LENGTH && /^https:\/\/[\x21-\x7e]+$/.test(text) && parseUrl(text) !== undefined;
}
