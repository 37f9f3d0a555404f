// Half of a pair of UTF-16, which is no character (RFC 7493 §2.1): one reader keeps it, another writes U+FFFD in its place, and a
// third refuses the whole. As UTF-8 it cannot be written, but escaped it can.

const LONE = /\p{Surrogate}/u;
const LONE_OR_ESCAPED = /\p{Surrogate}|\\u[dD][89a-fA-F]/u;

/** Whether {@link hasLoneSurrogate} is worth asking of the strings of a JSON text. Most have no surrogate, and no escape of one. */
export function mayHaveLoneSurrogates(json: string): boolean {
  return LONE_OR_ESCAPED.test(json);
}

/** Whether a string of JSON, with its quotes, has a lone surrogate. What cannot be read is for the parser to refuse. */
export function hasLoneSurrogate(json: string): boolean {
  if (!LONE_OR_ESCAPED.test(json)) return false;
  try {
    return LONE.test(JSON.parse(json) as string);
  } catch {
    return false;
  }
}
