/** The longest client-chosen name a page shows, in code points. */
const DEFAULT_MAX_LENGTH = 64;

/**
 * Format characters (bidi overrides and isolates, zero-width characters, tags), controls, lone surrogates, private use,
 * and whatever else a font may render as nothing. They make two different names look the same, or turn text around.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

/** Controls that separate words; they become a space before the other controls are dropped. */
const LINE_CONTROLS = /[\t\n\v\f\r\u0085]/g;

/** Accents stacked higher than any language needs would be drawn over the lines around them. */
const STACKED_MARKS = /(\p{M}{3})\p{M}+/gu;

/**
 * Makes a text that somebody else chose fit to be shown: no control, bidi or invisible characters, white space
 * collapsed, no towers of accents, at most `maxLength` code points with an ellipsis in place of what was cut.
 * May return an empty string.
 *
 * Does not escape (the page does) and does not detect lookalike letters or borrowed names.
 */
export function displayText(text: string, maxLength = DEFAULT_MAX_LENGTH): string {
  const visible = text
    .normalize('NFC')
    .replace(LINE_CONTROLS, ' ')
    .replace(INVISIBLE, '')
    .replace(STACKED_MARKS, '$1')
    .replace(/\s+/g, ' ')
    .trim();
  const codePoints = Array.from(visible);
  if (codePoints.length <= maxLength) return visible;
  return `${codePoints
    .slice(0, maxLength - 1)
    .join('')
    .trimEnd()}…`;
}
