/** Longest text of a stranger that a page shows. */
const MAX_DISPLAY_LENGTH = 64;

/**
 * A text that a stranger chose, as a page may show it: one line, without control, bidirectional, invisible or
 * private-use characters, at most 64 characters. Does not escape: that is the page's work.
 */
export function toDisplayText(text: string): string {
  const visible = text
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]/gu, ' ')
    .replace(/[\p{C}\p{Default_Ignorable_Code_Point}]/gu, '')
    .replace(/\s+/gu, ' ')
    .trim();
  const characters = [...visible];
  return characters.length <= MAX_DISPLAY_LENGTH ? visible : `${characters.slice(0, MAX_DISPLAY_LENGTH - 1).join('')}…`;
}
