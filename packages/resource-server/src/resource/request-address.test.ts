import { expect, it } from 'vitest';
import { createRequestAddress } from './request-address.js';

it.each([
  ['/files/mcp', '/files/mcp', 'https://mcp.test/files/mcp'],
  ['/files/mcp', '/files/mcp/deep', 'https://mcp.test/files/mcp/deep'],
  ['/files/mcp', '/Files/mcp', 'https://mcp.test/Files/mcp'],
  ['/files/mcp', 'http://other.test/files/mcp', 'https://mcp.test/files/mcp'],
  ['/files/mcp', '//other.test/files/mcp', 'https://mcp.test//other.test/files/mcp'],
  // What stands in front has changed the path.
  ['/mcp', '/mcp', 'https://mcp.test/files/mcp'],
  ['/mcp', '/mcp?a=1', 'https://mcp.test/files/mcp'],
  ['/mcp', '/mcp/deep', 'https://mcp.test/files/mcp/deep'],
  ['/mcp', '/mcp2', 'https://mcp.test/mcp2'],
  ['/mcp', '/other', 'https://mcp.test/other'],
  ['/', '/', 'https://mcp.test/files/mcp'],
  ['/', '/deep', 'https://mcp.test/files/mcp/deep'],
  ['/files/mcp', '/files/mcp#1?a', 'https://mcp.test/files/mcp'],
  ['/files/mcp', 'http://other.test/files/mcp#1', 'https://mcp.test/files/mcp'],
])('a host that sees the resource at %s takes %s for a call of %s', (path, target, address) => {
  expect(createRequestAddress('https://mcp.test/files/mcp', path)(target)).toBe(address);
});

it('keeps a slash that the resource has, and the resource that is a whole host', () => {
  expect(createRequestAddress('https://mcp.test/files/', '/mcp/')('/mcp/')).toBe('https://mcp.test/files/');
  expect(createRequestAddress('https://mcp.test', '/')('/')).toBe('https://mcp.test/');
  expect(createRequestAddress('https://mcp.test', '/mcp')('/mcp')).toBe('https://mcp.test/');
});

it.each([
  '@evil.test/files/mcp',
  '.evil.test/files/mcp',
  ':8443/files/mcp',
  'files/mcp',
  '\\\\evil.test/files/mcp',
  'http://other.test',
  '?/files/mcp',
  '*',
  '',
])('PD-04 takes no part of %j for the host: it is no address', (target) => {
  expect(createRequestAddress('https://mcp.test/files/mcp', '/files/mcp')(target)).toBeUndefined();
  expect(createRequestAddress('https://mcp.test', '/')(target)).toBeUndefined();
});
