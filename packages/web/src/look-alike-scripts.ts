/** The scripts whose letters pass for one another, and above all for Latin ones, in most typefaces (UTS #39 §4). */
const ALIKE: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
];

/**
 * What is to be said beside two names that differ, of the letters of each: that they are of several scripts where letters
 * pass for one another, or of which script where the other name is of another. Undefined where there is nothing to say.
 *
 * Goes by the script of letters alone: characters of one script that look alike, as `l` and `I`, are not told, nor are letters
 * of other scripts than the five.
 */
export function tellScripts(was: string, is: string): { readonly was?: string; readonly is?: string } {
  const [before, now] = [scriptsOf(was), scriptsOf(is)];
  const differ = before.length > 0 && now.length > 0 && before.join() !== now.join();
  const say = (scripts: readonly string[]): string | undefined => {
    if (scripts.length > 1) return `it has letters of several scripts: ${scripts.join(', ')}`;
    return differ ? `its letters are ${scripts.join()}` : undefined;
  };
  const [ofBefore, ofNow] = [say(before), say(now)];
  return {
    ...(ofBefore === undefined ? {} : { was: ofBefore }),
    ...(ofNow === undefined ? {} : { is: ofNow }),
  };
}

function scriptsOf(name: string): readonly string[] {
  return ALIKE.flatMap(([script, letters]) => (letters.test(name) ? [script] : []));
}
