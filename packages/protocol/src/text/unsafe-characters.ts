/**
 * Characters that could break out of a line of a log or a terminal, or mislead its reader (CWE-117, CWE-150): C0, DEL and
 * C1 controls; line and paragraph separators; zero-width characters; bidirectional marks, embeddings and isolates.
 */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
export const UNSAFE_CHARACTERS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;
