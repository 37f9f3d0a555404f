/** Longest description that is kept. */
const MAX_LENGTH = 200;

/**
 * What a server says of a refusal (`error_description`, RFC 6749 §4.1.2.1 and §5.2), as one short line of printable ASCII
 * without double quotes, so that it can stand in them. Undefined where nothing of it is left. They are a stranger's words.
 */
export function wordsOfServer(description: string | null | undefined): string | undefined {
  const words = (description ?? '')
    .slice(0, 4 * MAX_LENGTH)
    .replace(/[^\x20-\x7e]+/g, ' ')
    .replaceAll('"', "'")
    .replace(/ +/g, ' ')
    .trim();
  if (words === '') return undefined;
  return words.length > MAX_LENGTH ? `${words.slice(0, MAX_LENGTH - 3)}...` : words;
}
