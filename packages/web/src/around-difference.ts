import { displayText } from '@portcullis/protocol';

/** As long as any name that a page shows, in code points. */
const LONGEST = 64;

/** So much of what both begin with is shown before the point where they part. */
const MOST_BEFORE = 31;

/**
 * Two texts that somebody else chose, each cut to 64 code points around the first place where they differ: for two that are the
 * same as far as they are shown elsewhere. An ellipsis stands for what is left out. Equal where no difference can be seen.
 */
export function aroundDifference(one: string, other: string): readonly [string, string] {
  const codePointsOf = (text: string): string[] => Array.from(displayText(text, Number.POSITIVE_INFINITY));
  const [ofOne, ofOther] = [codePointsOf(one), codePointsOf(other)];
  const found = ofOne.findIndex((codePoint, index) => codePoint !== ofOther[index]);
  const start = Math.max(0, (found === -1 ? ofOne.length : found) - MOST_BEFORE);
  const cut = (codePoints: readonly string[]): string =>
    displayText((start === 0 ? '' : '…') + codePoints.slice(start).join(''), LONGEST);
  return [cut(ofOne), cut(ofOther)];
}
