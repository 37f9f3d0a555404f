import { createAuthorizationServer, createSealedKeyService } from '@portcullis/authorization-server';
import { createSealer } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { createMemoryRateLimiter } from '@portcullis/storage/rate-limiter';
import { createPages } from '@portcullis/web';
import { describe, expect, it } from 'vitest';
import { checkUpstreamName, RESERVED_SEGMENTS } from './reserved-segments.js';

describe('upstream names', () => {
  const ours = 't mcp authorize token register jwks revoke introspect interaction account assets console livez readyz';
  const later = 'metrics .well-known device par health healthz admin api callback connect';

  it.each(`${ours} ${later}`.split(' '))('reserves %s', (segment) => {
    expect(RESERVED_SEGMENTS.has(segment)).toBe(true);
    expect(checkUpstreamName(segment)).toBeDefined();
  });

  it.each(['files', 'a', '0', 'my-files-2', 'a'.repeat(63)])('accepts %s', (name) => {
    expect(checkUpstreamName(name)).toBeUndefined();
  });

  it.each(['', 'Files', '-a', 'a_b', 'a/b', 'a.b', 'ä', 'a'.repeat(64), 'a\n'])('refuses %j', (name) => {
    expect(checkUpstreamName(name)).toContain('a name has 1 to 63 characters');
  });

  it('reserves nothing that differs only by case, since names are lower case', () => {
    for (const segment of RESERVED_SEGMENTS) expect(segment).toBe(segment.toLowerCase());
  });

  it('GW-19 reserves the first segment of every endpoint of the authorization server', async () => {
    const sealer = createSealer(nodePlatform.random.bytes(32), 'test', nodePlatform.random);
    const server = await createAuthorizationServer(
      {
        platform: nodePlatform,
        storage: createMemoryStorage(),
        passwordHasher: { hash: async () => '', verify: async () => false },
        rateLimiter: createMemoryRateLimiter(),
        audit: { record: () => {} },
        pages: createPages({ stylesheetPath: '/assets/style.css' }),
        keyService: createSealedKeyService(sealer),
      },
      { tenantId: 'default', issuer: 'https://gate.test' },
    );
    const request = new Request('https://gate.test/.well-known/oauth-authorization-server');
    const response = await server.fetch(request, { network: '127.0.0.1', correlationId: 'a' });
    const metadata = (await response.json()) as Record<string, unknown>;
    const urls = Object.values(metadata).filter((value) => /^https:\/\/gate\.test\/./.test(String(value)));
    const pages = ['/interaction', '/account'].filter((path) => server.handles(path));
    const paths = [...urls.map((url) => new URL(String(url)).pathname), ...pages];
    expect(paths.length).toBeGreaterThan(6);
    for (const path of paths) expect(RESERVED_SEGMENTS, path).toContain(path.split('/')[1]);
  });
});
