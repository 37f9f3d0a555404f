/**
 * Breaks a text at its spaces so that no line is longer than `width`, unless a single word is. Lines after the first begin
 * with `indent`, which counts; before the first stands `indent.length` of somebody else's. Returned without the first indent.
 */
export function wrapText(text: string, width: number, indent: string): string {
  const room = Math.max(20, width - indent.length);
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    const longer = line === '' ? word : `${line} ${word}`;
    if (longer.length <= room || line === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines.join(`\n${indent}`);
}
