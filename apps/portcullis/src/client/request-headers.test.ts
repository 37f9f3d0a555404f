import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readRequestHeaders } from './request-headers.js';

const environment = { TOKEN: 'sk-secret', EMPTY: '', TWO_LINES: 'a\r\nb' };

function read(...headers: string[]): Record<string, string> {
  return readRequestHeaders({ headers, file: undefined, environment });
}

function file(text: string): string {
  const path = join(mkdtempSync(join(tmpdir(), 'portcullis-headers-')), 'headers');
  writeFileSync(path, text);
  return path;
}

describe('headers of the command line', () => {
  it('take values as they are, from variables, and from a file', () => {
    expect(read('X-Region: eu', `Authorization: Bearer \${TOKEN}`)).toEqual({
      'x-region': 'eu',
      authorization: 'Bearer sk-secret',
    });
    const path = file('# for the test server\nX-Api-Key: sk-secret\r\n\nX-Region: us\n');
    expect(readRequestHeaders({ headers: ['X-Region: eu'], file: path, environment })).toEqual({
      'x-api-key': 'sk-secret',
      'x-region': 'eu',
    });
  });

  it.each(['Authorization', 'x-api-key', 'Cookie', 'X-Auth', 'X-Session', 'Proxy-Authorization', 'X-Secret-Thing'])(
    'CX-08 refuse the value of %s as an argument, and do not repeat it',
    (name) => {
      expect(() => read(`${name}: sk-secret`)).toThrow(new RegExp(`the value of ${name} would be seen`));
      expect(() => read(`${name}: sk-secret`)).not.toThrow(/sk-secret/);
    },
  );

  it.each(['Host', 'content-length', 'Mcp-Session-Id', 'MCP-Protocol-Version', 'Transfer-Encoding', 'DPoP'])(
    'leave %s to the protocol',
    (name) => {
      expect(() => read(`${name}: x`)).toThrow(/belongs to the protocol/);
    },
  );

  it.each([
    ['no colon', 'a header is written'],
    ['bad name: x', 'a header is written'],
    [`X-A: \${MISSING}`, 'the variable MISSING is not set'],
    [`X-A: \${EMPTY}`, 'the variable EMPTY is not set'],
    [`X-A: \${TWO_LINES}`, 'a character that no header can'],
    ['X-A: 漢', 'a character that no header can'],
  ])('refuse %j', (header, words) => {
    expect(() => read(header)).toThrow(words);
  });

  it('refuse a file that is not there or too large', () => {
    const headers: string[] = [];
    expect(() => readRequestHeaders({ headers, file: '/nowhere/headers', environment })).toThrow('cannot be read');
    const path = file('x'.repeat(70_000));
    expect(() => readRequestHeaders({ headers, file: path, environment })).toThrow('larger than 64 KiB');
  });
});
