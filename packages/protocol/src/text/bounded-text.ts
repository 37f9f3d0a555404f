/** The text, or its beginning with an ellipsis: at most `maxLength` UTF-16 code units, and never half of a surrogate pair. */
export function boundedText(text: string, maxLength: number): string {
  if (text.length <= maxLength) return text;
  const last = text.charCodeAt(maxLength - 2);
  const end = last >= 0xd800 && last <= 0xdbff ? maxLength - 2 : maxLength - 1;
  return `${text.slice(0, end)}…`;
}
