import { describe, expect, it } from 'vitest';
import { readToolList } from './tool-list.js';

const tool = (name: string, mark: string, more = ''): string =>
  `{"name":"${name}","inputSchema":{"properties":{"a":{"type":"string","x-mcp-header":"${mark}"}}}${more}}`;

describe('a list of tools', () => {
  it('is read, and stays as it stands', () => {
    const text = `{ "jsonrpc":"2.0","id":1,"result":{"tools":[ ${tool('good', 'Region')}, {"name":"plain"}, 7 ],"nextCursor":"n"}}`;
    expect(readToolList(text)).toEqual({
      tools: [
        { name: 'good', marked: [{ path: ['a'], header: 'mcp-param-region' }] },
        { name: 'plain', marked: [] },
      ],
      invalid: [],
      nextCursor: 'n',
      text,
    });
  });

  it('loses the tools with invalid marks and nothing else', () => {
    const before = '{ "jsonrpc":"2.0", "id":1, "result":{"big":12345678901234567890, "tools":[ ';
    const good = tool('good', 'Region', ', "n":1.0');
    const after = '], "ttlMs":1e3 } }';
    const { text, invalid, tools } = readToolList(
      `${before}${tool('bad', 'a b')} ,${good}, [1 , 2],${tool('worse', '')} ${after}`,
    );
    expect(text).toBe(`${before.trimEnd()}${good},[1 , 2]${after}`);
    expect(invalid.map(({ name }) => name)).toEqual(['bad', 'worse']);
    expect(tools.map(({ name }) => name)).toEqual(['good']);
    expect(readToolList(`${before}${tool('bad', 'a b')}${after}`).text).toBe(`${before.trimEnd()}${after}`);
  });

  it.each(['{"result":{"tools":{}}}', '{"result":{}}', '{"result":[]}', '{"error":{}}', '[]', 'no JSON'])(
    'is none in %j',
    (text) => {
      expect(readToolList(text)).toEqual({ tools: [], invalid: [], nextCursor: undefined, text });
    },
  );
});
