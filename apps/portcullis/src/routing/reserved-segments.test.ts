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
});
