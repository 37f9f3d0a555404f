import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spliceJson, watchMembers } from './json-watch.js';
import { parseStrictJson } from './strict-json.js';

function reason(input: string | Uint8Array, options = {}): string {
  const parsed = parseStrictJson(input, options);
  return parsed.ok ? 'accepted' : parsed.failure.reason;
}

describe('parseStrictJson (RFC 8259, RFC 7493)', () => {
  it('reads what the platform reads, for any JSON value', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value);
        const parsed = parseStrictJson(text, { maxDepth: 1000 });
        if (text.includes('__proto__')) return;
        expect(parsed.ok && parsed.value.value).toEqual(JSON.parse(text));
      }),
    );
  });

  it.each([
    ['duplicate_member', '{"a":1,"a":2}'],
    ['duplicate_member', '{"method":"x","\\u006dethod":"y"}'],
    ['duplicate_member', '{"p":{"name":"a","b":[1,{"q":2}],"name":"c"}}'],
    ['duplicate_member', `{${Array.from({ length: 40 }, (_, i) => `"k${i}":0`).join(',')},"k3":1}`],
    ['forbidden_member', '{"__proto__":{}}'],
    ['forbidden_member', '{"a":{"\\u005f_proto__":1}}'],
    ['byte_order_mark', '\ufeff{}'],
    ['number_out_of_range', '{"id":1e400}'],
    ['lone_surrogate', '{"a":"b\\ud800c"}'],
    ['lone_surrogate', '["\\uDFFF"]'],
    ['lone_surrogate', '"\\ude00\\ud83d"'],
    ['lone_surrogate', '"\ud83d"'],
    ['lone_surrogate', '{"\\ud800":1}'],
    ['accepted', '{"\\ud83d\\ude00":"\\ud83d\\ude00 \ud83d\ude00 \\\\ud800"}'],
    ['syntax', '{} {}'],
    ['syntax', '{"a":1}x'],
    ['syntax', '{"a":1 /* c */}'],
    ['syntax', '{"a":1,}'],
    ['syntax', '{"a":01}'],
    ['syntax', '{"a'],
    ['syntax', ''],
    ['syntax', '{"a":"\n"}'],
    ['syntax', '}'],
    ['too_deep', '['.repeat(10_000)],
    ['too_deep', '{"a":'.repeat(10_000)],
  ])('answers %s: %s', (expected, text) => {
    expect(reason(text)).toBe(expected);
  });

  it('drops members named __proto__ where that is asked for, however deep or escaped, and nothing else', () => {
    const text =
      '{"a":[{"__proto__":{"x":1},"b":{"\\u005f_proto__":null,"constructor":1}}],"__proto__":[],"prototype":2}';
    const parsed = parseStrictJson(text, { dropsProto: true });
    if (!parsed.ok) throw new Error(parsed.failure.reason);
    expect(JSON.stringify(parsed.value.value)).toBe('{"a":[{"b":{"constructor":1}}],"prototype":2}');
    expect(Object.getPrototypeOf(parsed.value.value)).toBe(Object.prototype);
    expect(({} as { x?: number }).x).toBeUndefined();
    expect(reason('{"__proto__":1,"__proto__":2}', { dropsProto: true })).toBe('duplicate_member');
  });

  it('takes a lone surrogate in a value where that is handed on, and never in a name', () => {
    const options = { allowLoneSurrogates: true };
    expect([reason('{"a":"\\ud800"}', options), reason('{"\\ud800":"a"}', options)]).toEqual([
      'accepted',
      'lone_surrogate',
    ]);
  });

  it('refuses bytes that are not UTF-8, and UTF-16', () => {
    expect(reason(new Uint8Array([0x22, 0xff, 0x22]))).toBe('not_utf8');
    expect(reason(Buffer.from('\ufeff{}', 'utf16le'))).toBe('not_utf8');
    expect(reason(Buffer.from('{}', 'utf16le'))).toBe('syntax');
  });

  it('does not mistake a value, or a quoted bracket, for a member name', () => {
    expect(reason('{"a":"a","b":"a","c":["a","a"],"d":"}{\\"a\\":1"}')).toBe('accepted');
  });

  it('finds watched members where they stand, and nowhere else', () => {
    const text =
      ' {"id" : 7 , "params":{"_meta":{"progressToken":"a\\"b","a.b/c":[1, 2] },"_meta.progressToken":5,"x":{"id":9}},' +
      '"z":{"_meta":{"progressToken":1}},"list":[{"id":3}]}';
    const watch = watchMembers({
      id: ['id'],
      token: ['params', '_meta', 'progressToken'],
      dotted: ['params', '_meta', 'a.b/c'],
      absent: ['params', 'absent'],
    });
    const parsed = parseStrictJson(text, { watch });
    if (!parsed.ok) throw new Error('refused');
    const found = [...parsed.value.spans].map(([label, { start, end }]) => [label, text.slice(start, end)]);
    expect(Object.fromEntries(found)).toEqual({ id: '7', token: '"a\\"b"', dotted: '[1, 2]' });
    expect(parsed.value.elements).toEqual([]);
  });

  it('finds the elements of an outermost array', () => {
    const text = ' [ {"a":[1,2]} , 12345678901234567890,[] ,"x"]';
    const parsed = parseStrictJson(text);
    if (!parsed.ok) throw new Error('refused');
    expect(parsed.value.elements.map(({ start, end }) => text.slice(start, end))).toEqual([
      '{"a":[1,2]}',
      '12345678901234567890',
      '[]',
      '"x"',
    ]);
  });

  it('splices without touching anything else, numbers beyond 2^53 included', () => {
    const text = '{"big":12345678901234567890,"id":1,"s":"1"}';
    const parsed = parseStrictJson(text, { watch: watchMembers({ id: ['id'] }) });
    const span = parsed.ok ? parsed.value.spans.get('id') : undefined;
    if (!span) throw new Error('refused');
    expect(spliceJson(text, [{ span, json: '"g-9"' }])).toBe('{"big":12345678901234567890,"id":"g-9","s":"1"}');
  });

  it('GW-10 gives up on a body of nothing but members or elements before the platform has to read it', () => {
    const members = (count: number): string => `{${Array.from({ length: count }, (_, i) => `"k${i}":0`).join(',')}}`;
    expect(reason(members(20_000))).toBe('accepted');
    expect(reason(members(20_001))).toBe('too_many_values');
    expect(reason(`[${Array(4001).fill('{"a":1,"b":2,"c":3,"d":4,"e":5}').join(',')}]`)).toBe('too_many_values');
    expect(reason(`[${'0,'.repeat(1_000_000)}0]`)).toBe('too_many_values');
    expect(reason(members(30_000), { maxMembers: 30_000 })).toBe('accepted');
    expect(reason(`["${'\\\\'.repeat(1_000_000)}"]`)).toBe('accepted');
  });
});
