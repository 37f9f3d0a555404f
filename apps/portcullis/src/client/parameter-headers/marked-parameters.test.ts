import type { JsonValue } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import { readMarkedParameters } from './marked-parameters.js';

const REGION = { type: 'string', 'x-mcp-header': 'Region' };
const read = (inputSchema: unknown) => readMarkedParameters(inputSchema as JsonValue);

describe('the marked parameters of a tool', () => {
  it('are found at any depth of properties', () => {
    const where = { type: 'object', properties: { region: REGION, plain: { type: 'string' } } };
    const rush = { type: 'boolean', 'x-mcp-header': "Rush!#$%&'*+-.^_`|~9" };
    const count = { type: 'integer', 'x-mcp-header': 'Authorization' };
    expect(read({ type: 'object', properties: { where, rush, count } })).toEqual({
      ok: true,
      value: [
        { path: ['where', 'region'], header: 'mcp-param-region' },
        { path: ['rush'], header: "mcp-param-rush!#$%&'*+-.^_`|~9" },
        { path: ['count'], header: 'mcp-param-authorization' },
      ],
    });
  });

  it.each([
    undefined,
    true,
    { type: 'object' },
    // What is no schema marks nothing: values, and a parameter of that name.
    { properties: { a: { type: 'string', default: REGION, enum: [REGION] }, 'x-mcp-header': { type: 'string' } } },
  ])('are none of %j', (schema) => {
    expect(read(schema)).toEqual({ ok: true, value: [] });
  });

  it.each(['', ' ', 'a b', 'a:b', 'a\r\nx-evil: 1', 'a\t', 'a\u0000', 'Région', 7, null, {}])(
    'are refused with the mark %j, which is no header name',
    (mark) => {
      const schema = { properties: { a: { type: 'string', 'x-mcp-header': mark } } };
      expect(read(schema)).toEqual({ ok: false, failure: 'a mark is no header name' });
    },
  );

  it.each(['number', 'object', 'array', 'null', undefined, ['string', 'null']])(
    'are refused of the type %j',
    (type) => {
      const schema = { properties: { a: { type, 'x-mcp-header': 'A' } } };
      expect(read(schema)).toEqual({ ok: false, failure: 'a marked parameter is neither string, integer nor boolean' });
    },
  );

  it('are refused where two differ in case alone, at whatever depth', () => {
    const deep = { properties: { b: { type: 'string', 'x-mcp-header': 'REGION' } } };
    expect(read({ properties: { a: REGION, deep } })).toEqual({ ok: false, failure: 'two marks are the same header' });
  });

  it.each([
    REGION,
    { properties: { a: { type: 'array', items: REGION } } },
    { properties: { a: { type: 'array', prefixItems: [{}, REGION] } } },
    { properties: { a: { items: { properties: { b: REGION } } } } },
    { anyOf: [{ properties: { a: REGION } }] },
    { properties: { a: { oneOf: [REGION, { type: 'null' }] } } },
    { allOf: [{ else: { properties: { a: REGION } } }] },
    { not: { properties: { a: REGION } } },
    { additionalProperties: REGION },
    { patternProperties: { '^x': REGION } },
    { properties: { a: { $ref: '#/$defs/region' } }, $defs: { region: REGION } },
  ])('are refused where no one parameter is: %j', (schema) => {
    expect(read(schema)).toEqual({ ok: false, failure: 'a mark stands where no parameter is' });
  });
});
