import { describe, expect, it } from 'vitest';
import { KnownTools } from './known-tools.js';

const mark = (name: string) => [{ path: [name], header: `mcp-param-${name}` }];

describe('the tools that are known', () => {
  it('are what the newest list said of them', () => {
    const known = new KnownTools();
    expect(known.get('constructor')).toEqual([]);
    known.learn('t', mark('a'));
    known.learn('t', mark('b'));
    expect(known.get('t')).toEqual(mark('b'));
    known.learn('t', []);
    expect(known.get('t')).toEqual([]);
    known.learn('t', mark('a'));
    known.clear();
    expect(known.get('t')).toEqual([]);
  });

  it('are so many and so large at most, and the oldest is forgotten', () => {
    const few = new KnownTools({ maxTools: 2 });
    for (const name of ['a', 'b', 'a', 'c']) few.learn(name, mark('x'));
    expect(['a', 'b', 'c'].map((name) => few.get(name).length)).toEqual([1, 0, 1]);
    const small = new KnownTools({ maxLength: 38 });
    for (const name of ['a', 'b', 'c', 'c', 'c']) small.learn(name, mark('x'));
    expect(['a', 'b', 'c'].map((name) => small.get(name).length)).toEqual([0, 1, 1]);
    small.learn('d', mark('x'.repeat(100)));
    expect(['b', 'c', 'd'].map((name) => small.get(name).length)).toEqual([1, 1, 0]);
  });
});
