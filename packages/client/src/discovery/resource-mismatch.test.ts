import { describe, expect, it } from 'vitest';
import { resourceMismatch } from './resource-mismatch.js';

const asked = new URL('https://mcp.example/');

describe('metadata of another resource', () => {
  it('are told of with both URLs at the same origin, and with the question which was meant', () => {
    const { code, message } = resourceMismatch('https://mcp.example/mcp', asked);
    expect(code).toBe('resource_mismatch');
    expect(message).toContain(
      'found for https://mcp.example/ are those of https://mcp.example/mcp. Was that one meant?',
    );
  });

  it('CX-03 are suggested to nobody at another origin, of which nothing else is repeated', () => {
    const { message } = resourceMismatch('https://evil.example/go?here=now', asked);
    expect(message).toContain('https://evil.example. Whoever runs');
    expect(message).not.toMatch(/go|meant/);
  });

  it.each([
    undefined,
    'no URL',
    'http://mcp.example/mcp',
    'https://a:b@mcp.example/mcp',
    'https://mcp.example/\u001b[2J',
  ])('CX-03 are repeated in nothing where they name %j', (resource) =>
    expect(resourceMismatch(resource, asked).message).toContain('of no resource that has a URL'),
  );

  it('are cut where they are long', () => {
    const { message } = resourceMismatch(`https://mcp.example/${'x'.repeat(2000)}`, asked);
    expect(message).toContain('xxx…. Was');
    expect(message.length).toBeLessThan(800);
  });
});
