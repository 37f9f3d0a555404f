import { describe, expect, it } from 'vitest';
import { formatScope, isScopeToken, parseScope } from './scope.js';

describe('parseScope', () => {
  it('splits at single spaces and drops repetitions', () => {
    expect(parseScope('a b a mcp:tools:read')).toEqual({ ok: true, value: ['a', 'b', 'mcp:tools:read'] });
  });

  it.each(['', ' a', 'a ', 'a  b', 'a\tb', 'a"b', 'a\\b', 'é', 'a\nb', 'x'.repeat(4097)])(
    'TK-03 refuses %j',
    (text) => {
      expect(parseScope(text)).toEqual({ ok: false, failure: 'scope_malformed' });
    },
  );

  it('tells one scope-token from all else', () => {
    expect(['a', 'files:read', "!#[]~'", 'x'.repeat(5000)].every(isScopeToken)).toBe(true);
    expect(['', 'a b', 'a\n', '"', '\\', 'é', '\x7f'].some(isScopeToken)).toBe(false);
  });

  it('formats what it parses', () => {
    expect(formatScope(['a', 'b'])).toBe('a b');
  });
});
