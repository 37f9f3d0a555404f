/** One token of JSON behind white space (RFC 8259 §2): a punctuator, a string, or another value without parts. */
const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|("(?:[ !#-[\]-\uffff]|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*")|(?:-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null)(?![A-Za-z0-9_.+-]))/y;
const SPACE = /[ \t\n\r]*/y;

/** What may come next. */
type Expected = 'value' | 'value_or_end' | 'name' | 'name_or_end' | 'colon' | 'comma_or_end' | 'nothing';

/**
 * Where a text stops being JSON: the index of the first token that may not stand where it does, or the length of a text that
 * ends too early; undefined where it is JSON. The platform's parser does not always say so.
 */
export function findSyntaxError(text: string): number | undefined {
  const open: string[] = [];
  let expected: Expected = 'value';
  for (let end = 0; ; ) {
    SPACE.lastIndex = end;
    const start = end + (SPACE.exec(text)?.[0].length ?? 0);
    if (start === text.length) return expected === 'nothing' ? undefined : start;
    TOKEN.lastIndex = start;
    const token = TOKEN.exec(text);
    const next: Expected | undefined =
      token === null ? undefined : after(expected, token[1] ?? (token[2] === undefined ? 'value' : 'text'), open);
    if (next === undefined) return start;
    expected = next;
    end = TOKEN.lastIndex;
  }
}

/** Undefined where the token may not stand there. Keeps `open` up to date. */
function after(expected: Expected, token: string, open: string[]): Expected | undefined {
  const isValueExpected = expected === 'value' || expected === 'value_or_end';
  const isNameExpected = expected === 'name' || expected === 'name_or_end';
  const rest = (): Expected => (open.length === 0 ? 'nothing' : 'comma_or_end');
  switch (token) {
    case '{':
    case '[':
      if (!isValueExpected) return undefined;
      open.push(token);
      return token === '{' ? 'name_or_end' : 'value_or_end';
    case '}':
    case ']': {
      const isEnd = expected === 'comma_or_end' || expected === (token === '}' ? 'name_or_end' : 'value_or_end');
      if (!isEnd || open.at(-1) !== (token === '}' ? '{' : '[')) return undefined;
      open.pop();
      return rest();
    }
    case ',':
      if (expected !== 'comma_or_end') return undefined;
      return open.at(-1) === '{' ? 'name' : 'value';
    case ':':
      return expected === 'colon' ? 'value' : undefined;
    case 'text':
      if (isNameExpected) return 'colon';
      return isValueExpected ? rest() : undefined;
    default:
      return isValueExpected ? rest() : undefined;
  }
}
