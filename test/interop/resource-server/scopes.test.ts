import { expect, it } from 'vitest';
import { type Sent, toolCall } from './exchange.js';
import { HOSTILE_TOOL } from './guarded-server.js';
import { behindEveryAdapter } from './target.js';

/** Refused for lack of scope, with what the challenge has to name. */
const lacking = (scope: string) => ({
  status: 403,
  challenge: `error="insufficient_scope", scope="${scope}"`,
  reason: 'insufficient_scope',
});

/** The same call with another body. */
function withBody(call: Sent, body: unknown): Sent {
  return { ...call, body: JSON.stringify(body) };
}

behindEveryAdapter((target) => {
  it('RS-11 names all that an operation needs, and no more, to callers of 2026-07-28', async () => {
    const token = await target.sign();
    await target.holds(async () => {
      const answer = await target.refuses(toolCall('delete_file', token), lacking('files:write'));
      const { id, error } = JSON.parse(answer.text) as { id: number; error: { data: unknown } };
      expect([id, error.data]).toEqual([7, { error: 'insufficient_scope', scope: 'files:write' }]);
    }, 'toolScopes');
  });

  it('RS-11 names to callers of earlier revisions what the token has as well, but never offline_access', async () => {
    const token = await target.sign({ scope: 'files:read offline_access' });
    await target.holds(
      () => target.refuses(toolCall('delete_file', token, { legacy: true }), lacking('files:write files:read')),
      'toolScopes',
    );
  });

  it('RS-11 keeps the name of a tool out of the answer’s headers', async () => {
    const token = await target.sign();
    await target.holds(async () => {
      const answer = await target.refuses(toolCall(HOSTILE_TOOL, token), lacking('files:write'));
      expect(answer.headers).not.toHaveProperty('x-injected');
    }, 'toolScopes');
  });

  it('RS-11 names what all messages of a batch need in one challenge', async () => {
    const token = await target.sign({ scope: 'mail' });
    const call = (name: string, id: number) => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name } });
    const batch = withBody(toolCall('x', token), [call('read_file', 1), call('who', 2), call('delete_file', 3)]);
    await target.holds(() => target.refuses(batch, lacking('files:read files:write')), 'toolScopes');
  });

  it('RS-11 names in one challenge what every request needs and what the call needs besides', async () => {
    const token = await target.issuer.sign(target.server.strict.resource);
    const strict = { target: '/strict/mcp' };
    await target.holds(async () => {
      await target.refuses(toolCall('no_such_tool', token, strict), lacking('mcp'));
      await target.refuses(toolCall('delete_file', token, strict), lacking('mcp files:write'));
      const legacy = { ...strict, legacy: true };
      await target.refuses(toolCall('delete_file', token, legacy), lacking('mcp files:write files:read'));
      await target.refuses({ ...toolCall('delete_file', token, strict), method: 'GET' }, lacking('mcp'));
    }, 'requiredScopes');
    const stepped = await target.issuer.sign(target.server.strict.resource, { scope: 'mcp files:write' });
    await target.lets(toolCall('delete_file', stepped, strict), 'delete_file');
  });

  it('RS-12 lets those in who have the scope, also by one that implies it', async () => {
    await target.lets(toolCall('read_file', await target.sign({ scope: 'mail files:read' })), 'read_file');
    await target.lets(toolCall('read_file', await target.sign({ scope: 'files' })), 'read_file');
    const answer = await target.lets(toolCall('delete_file', await target.sign({ scope: 'files' })), 'delete_file');
    expect(answer.text).toContain('deleted');
  });

  it('RS-12 tells tools of implied scopes too, so that what they check themselves agrees', async () => {
    const answer = await target.lets(toolCall('read_file', await target.sign({ scope: 'files' })), 'read_file');
    const { result } = JSON.parse(answer.text) as { result: { content: [{ text: string }] } };
    const { clientId, scopes } = JSON.parse(result.content[0].text) as { clientId: string; scopes: string[] };
    expect([clientId, scopes.toSorted()]).toEqual(['pub', ['files', 'files:read', 'files:write']]);
  });

  it.each<[string, Record<string, unknown>]>([
    ['a longer name', { scope: 'files:readwrite' }],
    ['another case', { scope: 'FILES:READ' }],
    ['a comma', { scope: 'files:read,x' }],
    ['an empty text', { scope: '' }],
    ['an array', { scope: ['files:read'] }],
    ['another claim', { scope: undefined, scp: ['files:read'] }],
    ['a no-break space', { scope: 'mail\u00a0files:read' }],
    ['a Cyrillic look-alike', { scope: 'fil\u0435s:read' }],
    ['a wildcard', { scope: '*' }],
    ['a prefix', { scope: 'files:' }],
  ])('RS-12 grants nothing for %s', async (_, claims) => {
    const token = await target.sign(claims);
    await target.holds(() => target.refuses(toolCall('read_file', token), lacking('files:read')), 'toolScopes');
  });

  it('lets a call of an undeclared tool and other methods through with any good token', async () => {
    const token = await target.sign({ scope: '' });
    const { events } = target.server;
    const before = events.length;
    const answer = await target.send(toolCall('no_such_tool', token));
    expect(answer.challenge).toBeUndefined();
    expect(events.length).toBe(before);
  });

  it('takes up what a tool that is registered later needs', async () => {
    const token = await target.sign();
    target.server.a.tools.declare('late', ['files:write']);
    await target.holds(() => target.refuses(toolCall('late', token), lacking('files:write')), 'toolScopes');
  });
});
