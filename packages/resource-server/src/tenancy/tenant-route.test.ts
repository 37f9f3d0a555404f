import { describe, expect, it } from 'vitest';
import { parseTenantTemplate } from './tenant-route.js';

const byPath = parseTenantTemplate('https://mcp.example/t/{tenant}/mcp');
const byHost = parseTenantTemplate('https://{tenant}.mcp.example/mcp');
const find = (target: string, host = 'mcp.example', route = byPath, method = 'GET'): string => {
  const found = route.find({ target, host, method, rawHeaders: [] });
  return found.kind === 'tenant' ? `tenant ${found.name}` : found.kind;
};

describe('a template with the tenant in its path', () => {
  it.each(['/t/acme/mcp', '/t/acme/mcp?x=1', '/t/acme/mcp/', '/.well-known/oauth-protected-resource/t/acme/mcp'])(
    'finds it in %s, whatever the host',
    (target) => {
      expect(find(target)).toBe('tenant acme');
      expect(find(target, 'umbrella.mcp.example')).toBe('tenant acme');
    },
  );

  it.each(['/t/acme/mcp?tenant=umbrella', '/t/acme/mcp?/t/umbrella/mcp', '/t/acme/mcp/t/umbrella/mcp'])(
    'TN-01 finds no other one in %s',
    (target) => {
      expect(find(target)).toBe('tenant acme');
    },
  );

  it.each([
    '/t/a/../b/mcp',
    '/t/acme/mcp/../../umbrella/mcp',
    '/t/acme/mcp/%2e%2e/%2e%2e/umbrella/mcp',
    '/t/./acme/mcp',
    '/t/A/mcp',
    '/T/acme/mcp',
    '/t/a%00/mcp',
    '/t/a%2fb/mcp',
    '/t/a%2fb/mcp/../mcp',
    '/t/%61cme/mcp',
    '/t/.well-known/mcp',
    '/t/аcme/mcp',
    `/t/${'a'.repeat(64)}/mcp`,
    '/t/-a/mcp',
    '//t/acme/mcp',
    '/t//acme/mcp',
    '/t\\acme\\mcp',
    '/t/acme;x/mcp',
    '/t/acme/mcp;x',
    '/t/acme/mcp%23',
    '/x/../t/acme/mcp',
    'https://mcp.example/t/acme/mcp',
  ])('TN-05 finds none in %s, and does not leave it to a router that might', (target) => {
    expect(find(target)).toBe('unclear');
    expect(byPath.covers(target)).toBe(true);
  });

  it.each(['/', '/t', '/t/acme', '/t/acme/other', '/t/acme/mcps', '/mcp', '/health?x=/t/acme/mcp'])(
    'leaves %s to the host',
    (target) => {
      expect(find(target)).toBe('elsewhere');
      expect(byPath.covers(target)).toBe(false);
    },
  );

  it('leaves well-known documents that are none of its own to the host, also where every path may be a tenant', () => {
    const anywhere = parseTenantTemplate('https://mcp.example/{tenant}');
    const wellKnown = '/.well-known/oauth-protected-resource';
    expect(find(`${wellKnown}/acme`, '', anywhere)).toBe('tenant acme');
    for (const target of [wellKnown, `${wellKnown}/../acme`, '/.well-known/openid-configuration', '/']) {
      expect(find(target, '', anywhere)).toBe('elsewhere');
    }
    expect(find(`${wellKnown}/T/acme/mcp`)).toBe('elsewhere');
  });

  it('leaves nothing but the reading of them to the host', () => {
    const anywhere = parseTenantTemplate('https://mcp.example/{tenant}');
    const wholeHost = parseTenantTemplate('https://{tenant}.mcp.example/');
    expect(find('/.well-known/x', '', anywhere, 'POST')).toBe('unclear');
    expect(find('/.well-known/x', 'acme.mcp.example', wholeHost, 'POST')).toBe('tenant acme');
    expect(find('/.well-known/x', 'acme.mcp.example', wholeHost, 'GET')).toBe('elsewhere');
    for (const { covers } of [anywhere, wholeHost]) {
      expect([covers('/.well-known/x', 'GET'), covers('/.well-known/x', 'POST')]).toEqual([false, true]);
    }
  });

  it('knows whose resource an identifier is', () => {
    expect(byPath.resourceOf('acme')).toBe('https://mcp.example/t/acme/mcp');
    expect(byPath.tenantOf('https://mcp.example/t/acme/mcp')).toBe('acme');
    for (const other of ['https://mcp.example/t/acme/mcp/', 'https://mcpxexample/t/acme/mcp', 'x', '']) {
      expect(byPath.tenantOf(other)).toBeUndefined();
    }
  });
});

describe('a template with the tenant in its host', () => {
  it.each(['acme.mcp.example', 'ACME.mcp.example', 'acme.mcp.example:443'])('finds it in %s', (host) => {
    expect(find('/mcp?tenant=umbrella', host, byHost)).toBe('tenant acme');
    expect(find('/.well-known/oauth-protected-resource/mcp', host, byHost)).toBe('tenant acme');
  });

  it.each([
    'mcp.example',
    'a.b.mcp.example',
    'acme.mcp.example.',
    'acme.mcp.example:8443',
    'acme.mcpxexample',
    'x',
    '',
  ])('TN-05 finds none in "%s"', (host) => {
    expect(find('/mcp', host, byHost)).toBe('unclear');
  });

  it('leaves other paths to the host', () => {
    expect(find('/other', 'acme.mcp.example', byHost)).toBe('elsewhere');
    expect(find('/%6dcp', 'acme.mcp.example', byHost)).toBe('tenant acme');
  });
});

it.each([
  'https://mcp.example/mcp',
  'https://mcp.example/{tenant}/{tenant}',
  'https://{tenant}.mcp.example/{tenant}',
  'https://mcp.example/t-{tenant}/mcp',
  'https://mcp.{tenant}.example/mcp',
  'https://mcp.example/mcp?tenant={tenant}',
  'http://mcp.example/{tenant}/mcp',
  '/t/{tenant}/mcp',
  undefined as unknown as string,
])('refuses the template %s', (template) => {
  expect(() => parseTenantTemplate(template)).toThrow(TypeError);
});
