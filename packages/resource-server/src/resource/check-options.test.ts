import { describe, expect, it } from 'vitest';
import { rfc9068 } from '../presets/rfc9068.js';
import type { ProtectResourceOptions } from './options.js';
import { protectResource } from './protect-resource.js';

const resource = 'https://gw.test/a/mcp';
const issuer = 'https://as.test/a';

describe('the options of protectResource', () => {
  it.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
    ['no resource', { resource: undefined }, /resource is missing: write the URL/],
    ['a resource that is no URL', { resource: 'mcp' }, /no absolute URL/],
    ['a resource on plain http', { resource: 'http://gw.test/mcp' }, /not https/],
    ['a resource that nobody sends so', { resource: 'https://GW.test/mcp' }, /write "https:\/\/gw.test\/mcp"/],
    ['a resource with a fragment', { resource: 'https://gw.test/mcp#x' }, /write "https:\/\/gw.test\/mcp"/],
    ['no issuer', { authorizationServers: [] }, /authorizationServers names nobody/],
    ['an issuer that is none', { authorizationServers: ['as.test'] }, /"as.test" is no issuer/],
    ['an issuer without a name', { authorizationServers: [{}] }, /is no issuer/],
    ['an issuer on plain http', { authorizationServers: ['http://as.test'] }, /not https/],
    ['an issuer with a query', { authorizationServers: ['https://as.test?x'] }, /is no issuer/],
    ['one issuer twice', { authorizationServers: [issuer, issuer] }, /twice/],
    ['a scope that is none', { scopes: ['files read'] }, /is no scope/],
    ['scopes of a tool that are none', { tools: { x: ['"'] } }, /tool "x" names the scope/],
    ['scopes that are no list', { requiredScopes: 'files:read' }, /no list/],
    ['metadata that say otherwise', { metadata: { resource: 'https://evil.test' } }, /metadata\.resource is made/],
    ['an origin that is none', { allowedOrigins: ['app.example.com'] }, /write an origin/],
    ['a path that is none', { path: 'mcp' }, /is no path/],
    ['no room to remember', { cacheSize: 0 }, /cacheSize must be a whole number from 1/],
    ['less than no room', { cacheSize: -1 }, /cacheSize must be/],
    ['half a place to remember', { cacheSize: 1.5 }, /cacheSize must be/],
    ['room that is no number', { cacheSize: Number.NaN }, /cacheSize must be/],
    ['more room than there is', { cacheSize: 1e12 }, /cacheSize must be/],
    ['a tolerance without end', { clockToleranceSeconds: Number.POSITIVE_INFINITY }, /between 0 and 600/],
    ['a resource that is a URL object', { resource: new URL(resource) }, /write the text that clients send/],
    ['issuers as a text', { authorizationServers: issuer }, /write it as a list/],
    [
      'an issuer that is only named in an object',
      { authorizationServers: [{ issuer }] },
      /neither rules nor a verifier/,
    ],
    [
      'a verifier that is a function',
      { authorizationServers: [{ issuer, verifier: async () => 1 }] },
      /without verify/,
    ],
    [
      'a verifier of the SDK',
      { authorizationServers: [{ issuer, verifier: { verifyAccessToken() {} } }] },
      /without verify/,
    ],
    ['a verifier that is missing', { authorizationServers: [{ issuer, verifier: undefined }] }, /without verify/],
    [
      'a method that there is not',
      { authorizationServers: [rfc9068({ issuer, verification: { method: 'jwt' } as never })] },
      /the method "jwt", which there is not: write 'signature' or 'introspection'/,
    ],
    ['a tenant that an issuer cannot tell', { tenantId: 'acme' }, /tenantId can never match.*Use the preset/],
    ['a tenant that RFC 9068 has not', { tenantId: 'acme', authorizationServers: [rfc9068(issuer)] }, /never match/],
    ['an option that there is not', { requiredScope: ['a'] }, /no option "requiredScope"/],
    ['an audit that cannot record', { audit: () => undefined }, /audit has no record/],
    ['a tenant without a name', { tenantId: '' }, /tenantId names no tenant/],
    [
      'the address of metadata for an issuer',
      { authorizationServers: ['https://as.test/a/.well-known/openid-configuration'] },
      /is where metadata lie, not the issuer/,
    ],
    ['scopes as a text', { scopes: 'a b' }, /Scopes of scopes are no list/],
    ['a scope without a name', { scopes: [null] }, /is no scope/],
    [
      'required scopes that are not listed',
      { scopes: ['a'], requiredScopes: ['b'] },
      /requiredScopes names .*"b", which is not/,
    ],
    [
      'scopes of a tool that are not listed',
      { scopes: ['a'], tools: { x: ['b'] } },
      /tool "x" names .*"b", which is not/,
    ],
    [
      'scopes of a method that are not listed',
      { scopes: ['a'], methods: { x: ['b'] } },
      /x names the scope "b", which is not/,
    ],
    ['implied scopes that are not listed', { scopes: [{ name: 'a', implies: ['b'] }] }, /What "a" implies names .*"b"/],
    ['origins as a text', { allowedOrigins: 'https://app.example.com' }, /allowedOrigins is no list/],
  ])('RS-05 cannot be built with %s', (_, wrong, message) => {
    const options = { resource, authorizationServers: [issuer], ...wrong } as ProtectResourceOptions;
    expect(() => protectResource(options)).toThrow(TypeError);
    expect(() => protectResource(options)).toThrow(message);
  });

  it('cannot be left out', () => {
    expect(() => (protectResource as () => unknown)()).toThrow("write { resource: 'https://mcp.example.com/mcp', … }");
  });

  it('hold tools that are declared later against the scopes that there are', () => {
    const { tools } = protectResource({ resource, authorizationServers: [issuer], scopes: ['files:write'] });
    expect(() => tools.declare('purge', ['files:wirte'])).toThrow('"files:wirte", which is not among `scopes`');
    expect(() => tools.declare('purge', ['files:write'])).not.toThrow();
  });

  it('take methods and scopes of any name where no list of scopes is given', () => {
    const open = { requiredScopes: ['a'], tools: { x: ['b'] }, methods: { 'x/extension': ['c'] } };
    expect(() => protectResource({ resource, authorizationServers: [issuer], ...open })).not.toThrow();
  });
});
