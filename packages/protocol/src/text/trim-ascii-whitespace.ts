/** Space, tab, line feed, carriage return. */
const isWhitespace = (character: string | undefined): boolean =>
  character === ' ' || character === '\t' || character === '\n' || character === '\r';

/**
 * A text without the ASCII whitespace around it: a shell that pipes a value ends it with a line feed. For values in which
 * whitespace means nothing, such as tokens and assertions; never for a secret. Takes time in proportion to the length,
 * which a pattern anchored at the end does not.
 */
export function trimAsciiWhitespace(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isWhitespace(text[start])) start += 1;
  while (end > start && isWhitespace(text[end - 1])) end -= 1;
  return text.slice(start, end);
}
