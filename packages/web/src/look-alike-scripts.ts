/** Scripts that are called by their name. */
const NAMED: readonly (readonly [string, RegExp])[] = [
  ['Latin', /\p{Script=Latin}/u],
  ['Greek', /\p{Script=Greek}/u],
  ['Cyrillic', /\p{Script=Cyrillic}/u],
  ['Armenian', /\p{Script=Armenian}/u],
  ['Cherokee', /\p{Script=Cherokee}/u],
  ['Lisu', /\p{Script=Lisu}/u],
  ['Coptic', /\p{Script=Coptic}/u],
  ['Hebrew', /\p{Script=Hebrew}/u],
  ['Arabic', /\p{Script=Arabic}/u],
  ['Devanagari', /\p{Script=Devanagari}/u],
];

/** What a letter of no script above is of. */
const UNNAMED = 'another';

/** Scripts that are written together with Latin as a matter of course, and have no letter that passes for one (UTS #39 §5.2). */
const EAST_ASIAN = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Bopomofo}]/u;

/** Of no script in particular, as the marks that lengthen a vowel. */
const OF_NO_SCRIPT = /[\p{Script=Common}\p{Script=Inherited}]/u;

/**
 * What is to be said beside two names that differ, of the letters of each: that they are of several scripts, or of which script
 * where the other name is of another, or that some are symbols in the shape of letters (UTS #39 §5.2, its "highly restrictive"
 * level, for names that nobody has to restrict). Undefined where there is nothing to say.
 *
 * Goes by the scripts of letters alone: characters of one script that look alike, as `l` and `I`, are not told, nor are letters of
 * Chinese, Japanese and Korean, nor one script that is not called by its name beside another such.
 */
export function tellScripts(was: string, is: string): { readonly was?: string; readonly is?: string } {
  const [before, now] = [scriptsOf(was), scriptsOf(is)];
  const differ = before.length > 0 && now.length > 0 && before.join() !== now.join();
  const [ofBefore, ofNow] = [say(was, before, differ), say(is, now, differ)];
  return {
    ...(ofBefore === '' ? {} : { was: ofBefore }),
    ...(ofNow === '' ? {} : { is: ofNow }),
  };
}

function say(name: string, scripts: readonly string[], differ: boolean): string {
  const notes: string[] = [];
  if (scripts.length > 1) notes.push(`it has letters of several scripts: ${scripts.join(', ')}`);
  else if (differ)
    notes.push(scripts[0] === UNNAMED ? 'its letters are of another script' : `its letters are ${scripts}`);
  if (hasSymbolsForLetters(name)) notes.push('it has symbols that look like letters');
  return notes.join('; ');
}

/** Of the letters as they are read: a symbol that stands for one counts as that. */
function scriptsOf(name: string): readonly string[] {
  const letters = name.normalize('NFKC').match(/\p{L}/gu) ?? [];
  const found = new Set(
    letters
      .filter((letter) => !EAST_ASIAN.test(letter) && !OF_NO_SCRIPT.test(letter))
      .map((letter) => NAMED.find(([, ofScript]) => ofScript.test(letter))?.[0] ?? UNNAMED),
  );
  return [...NAMED.map(([script]) => script), UNNAMED].filter((script) => found.has(script));
}

/** Mathematical, circled, full-width letters and the like, which stand for a letter of an alphabet (UAX #15, compatibility). */
function hasSymbolsForLetters(name: string): boolean {
  const letters = name.match(/\p{Alphabetic}/gu) ?? [];
  return letters.some((letter) => {
    const plain = letter.normalize('NFKC');
    return plain !== letter.normalize('NFC') && /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]/u.test(plain);
  });
}
