/**
 * The URL that a text is (WHATWG URL), or undefined. In place of `URL.canParse`, which on Node 20 says no to letters of
 * Latin-1 once it has been compiled: what a text is must not depend on how often it was asked.
 */
export function parseUrl(text: string, base?: string | URL): URL | undefined {
  try {
    return new URL(text, base);
  } catch {
    return undefined;
  }
}
