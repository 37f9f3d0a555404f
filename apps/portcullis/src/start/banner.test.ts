import { describe, expect, it } from 'vitest';
import type { UpstreamConfig } from '../config/gateway-config.js';
import { type BannerFacts, formatBanner } from './banner.js';

function upstream(path: string, name: string | undefined): UpstreamConfig {
  return {
    kind: 'http',
    name,
    path,
    resource: `http://127.0.0.1:8808${path}`,
    displayName: name ?? 'MCP server',
    description: undefined,
    url: 'http://127.0.0.1:3001/mcp',
    headers: { Authorization: 'canary-secret' },
    policy: { scopes: [], methods: {}, tools: {}, defaultScopes: undefined },
    dpop: { required: false, requireNonce: false },
  };
}

const facts: BannerFacts = {
  version: '0.1.0',
  upstreams: [upstream('/mcp', undefined)],
  pushedAuthorizationRequests: 'accepted',
  firstUser: undefined,
  database: undefined,
  dataDirectory: '/srv/gate/.portcullis',
  storeFlags: '',
  processId: 4711,
  colour: false,
};

describe('the banner', () => {
  it('says where, how to add it, where the data lives and how to stop', () => {
    const banner = formatBanner(facts);
    expect(banner).toContain('MCP URL   http://127.0.0.1:8808/mcp  MCP server\n');
    expect(banner).toContain('claude mcp add --transport http portcullis http://127.0.0.1:8808/mcp\n');
    expect(banner).toContain('"servers":{"portcullis":{"type":"http","url":"http://127.0.0.1:8808/mcp"}}');
    expect(banner).toContain('Data      /srv/gate/.portcullis\n');
    expect(banner).toContain('Stop      Ctrl+C, or kill 4711\n');
    expect(banner).toContain('portcullis users list\n');
    const configured = formatBanner({ ...facts, storeFlags: ' --config /srv/gate/gate.yaml' });
    expect(configured).toContain('portcullis users list --config /srv/gate/gate.yaml\n');
    expect(banner).not.toContain('Database');
    const shared = formatBanner({ ...facts, database: 'PostgreSQL, database gate at db.example.com:5432' });
    expect(shared).toContain('Database  PostgreSQL, database gate at db.example.com:5432\n');
    expect(banner.split('\n').length).toBeLessThan(25);
    expect(banner).not.toContain('canary');
  });

  it('shows a new password, or where it is', () => {
    const shown = formatBanner({ ...facts, firstUser: { username: 'admin', password: 'pass-word' } });
    expect(shown).toContain('Sign in   user admin, password pass-word (shown this once)');
    const filed = formatBanner({
      ...facts,
      firstUser: { username: 'admin', passwordFile: '/srv/gate/.portcullis/first-user.txt' },
      storeFlags: ' --config /srv/gate/gate.yaml',
    });
    expect(filed).toContain('Sign in   user admin, password in /srv/gate/.portcullis/first-user.txt;');
    expect(filed).toContain('users reset-password admin --config /srv/gate/gate.yaml\n');
  });

  it('lists every upstream', () => {
    const banner = formatBanner({
      ...facts,
      upstreams: [upstream('/files/mcp', 'files'), upstream('/mail/mcp', 'mail')],
    });
    expect(banner).toMatch(
      /http:\/\/127\.0\.0\.1:8808\/files\/mcp {2}files\n.*http:\/\/127\.0\.0\.1:8808\/mail\/mcp {2}mail\n/,
    );
  });

  it('says which clients get in where the gate demands more of them than usual', () => {
    expect(formatBanner(facts)).not.toContain('get in here');
    const pushing = formatBanner({ ...facts, pushedAuthorizationRequests: 'required' });
    expect(pushing).toContain('  Only clients that push their sign-in requests (RFC 9126) get in here.');
    const bound = { ...upstream('/files/mcp', 'files'), dpop: { required: true, requireNonce: false } };
    const mixed = formatBanner({ ...facts, upstreams: [upstream('/mail/mcp', 'mail'), bound] });
    expect(mixed).toContain('  files: Only clients that prove a key with each request (DPoP, RFC 9449) get in here.');
    expect(mixed).not.toContain('mail: Only');
    const both = formatBanner({ ...facts, upstreams: [bound, bound], pushedAuthorizationRequests: 'required' });
    expect(both.match(/get in here/g)).toHaveLength(1);
  });

  it('has colour only when asked, and no control characters of others', () => {
    const hostile = { ...upstream('/mcp', undefined), displayName: 'evil\u001b[2J' };
    expect(formatBanner({ ...facts, upstreams: [hostile] })).not.toContain('\u001b');
    expect(formatBanner({ ...facts, upstreams: [hostile], colour: true })).not.toContain('\u001b[2J');
  });
});
