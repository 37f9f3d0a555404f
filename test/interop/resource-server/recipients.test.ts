import { expect, it } from 'vitest';
import { toolCall } from './exchange.js';
import { behindEveryAdapter } from './target.js';

const INVALID_TOKEN = { status: 401, challenge: 'error="invalid_token"' };

behindEveryAdapter((target) => {
  it.each<[string, (resource: string, origin: string) => unknown]>([
    ['the bare origin', (_, origin) => origin],
    ['a slash at the end', (resource) => `${resource}/`],
    ['a longer path', (resource) => `${resource}2`],
    ['a shorter path', (resource) => resource.replace('/mcp', '')],
    ['another scheme', (resource) => resource.replace('http:', 'https:')],
    ['another port', (resource) => resource.replace(/:\d+/, ':8443')],
    ['no port', (resource) => resource.replace(/:\d+/, '')],
    ['an upper-case scheme', (resource) => resource.replace('http', 'HTTP')],
    ['the resource of the other tenant', (resource) => resource.replace('/a/', '/b/')],
    ['an array with what is no string', (resource) => [resource, 7]],
    ['an empty array', () => []],
    ['an object', (resource) => ({ [resource]: true })],
    ['nothing', () => undefined],
  ])('RS-05 refuses a token whose audience is %s', async (_, audience) => {
    const { a, origin } = target.server;
    const token = await target.sign({ aud: audience(a.resource, origin) });
    await target.refuses(toolCall('read_file', token), { ...INVALID_TOKEN, reason: 'wrong_audience' });
  });

  it('RS-05 lets a token in that is for others as well', async () => {
    const token = await target.sign({ aud: ['https://other.test', target.server.a.resource] });
    await target.lets(toolCall('read_file', token), 'read_file');
  });

  it.each<[string, Parameters<typeof toolCall>[2], readonly (readonly [string, string])[]]>([
    ['by path', {}, []],
    ['with its own Host', {}, [['Host', 'a.gw.test']]],
    ['with a header that names its tenant', {}, [['X-Tenant', 'a']]],
    ['with a query that names its tenant', { target: '/b/mcp?tenant=a' }, []],
    ['with a body that names its tenant', { meta: { tenant: 'a' } }, []],
  ])('TN-01 refuses a token of one tenant at another %s', async (_, options, headers) => {
    const token = await target.sign({ scope: 'files' });
    const call = toolCall('read_file', token, { target: '/b/mcp', ...options });
    await target.refuses(
      { ...call, headers: [...headers, ...(call.headers ?? [])] },
      { ...INVALID_TOKEN, reason: 'wrong_audience' },
    );
  });

  it('TN-01 lets nothing but the route choose the tenant: at its own it is not led elsewhere', async () => {
    const token = await target.sign();
    const call = toolCall('read_file', token, { target: '/a/mcp?tenant=b', meta: { tenant: 'b' } });
    await target.lets({ ...call, headers: [['X-Tenant', 'b'], ...(call.headers ?? [])] }, 'read_file');
  });

  it('TN-01 refuses a token whose claims were edited', async () => {
    const [header = '', , signature = ''] = (await target.sign()).split('.');
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: target.issuer.issuer, aud: target.server.b.resource, sub: 'usr_alice', client_id: 'pub' };
    const edited = Buffer.from(JSON.stringify({ ...claims, jti: 'x', iat: now, exp: now + 600 })).toString('base64url');
    await target.refuses(toolCall('read_file', `${header}.${edited}.${signature}`, { target: '/b/mcp' }), {
      ...INVALID_TOKEN,
      reason: 'bad_signature',
    });
  });

  it('TN-01 lets each tenant’s own token in', async () => {
    const token = await target.issuer.sign(target.server.b.resource);
    await target.lets(toolCall('read_file', token, { target: '/b/mcp' }), 'read_file');
    expect(target.server.b.metadata.resource).toBe(target.server.b.resource);
  });
});
