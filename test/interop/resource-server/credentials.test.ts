import { expect, it } from 'vitest';
import { rawRequest, statusesOf } from '../../support/raw-request.js';
import { exchange, type Sent, toolCall } from './exchange.js';
import { behindEveryAdapter } from './target.js';

const BARE = { status: 401, challenge: '', reason: 'missing' };
const INVALID_REQUEST = { status: 400, challenge: 'error="invalid_request"' };
const INVALID_TOKEN = { status: 401, challenge: 'error="invalid_token"' };

/** A call of `read_file` with these credentials, and nothing else that could be one. */
function withAuthorization(...values: string[]): Sent {
  const call = toolCall('read_file', undefined);
  return { ...call, headers: [...(call.headers ?? []), ...values.map((value) => ['Authorization', value] as const)] };
}

behindEveryAdapter((target) => {
  it('RS-10 takes a token in the query alone for no credential', async () => {
    const token = await target.sign();
    await target.holds(
      () => target.refuses(toolCall('read_file', undefined, { target: `/a/mcp?access_token=${token}` }), BARE),
      'bareChallenge',
    );
  });

  it('RS-10 takes a token in a form body alone for no credential', async () => {
    const body = `access_token=${await target.sign()}`;
    const headers = [['Content-Type', 'application/x-www-form-urlencoded']] as const;
    await target.holds(() => target.refuses({ target: '/a/mcp', headers, body }, BARE), 'bareChallenge');
  });

  it('RS-10 refuses a token in the query next to a header', async () => {
    const token = await target.sign();
    await target.holds(
      () =>
        target.refuses(toolCall('read_file', token, { target: `/a/mcp?access_token=${token}` }), {
          ...INVALID_REQUEST,
          reason: 'two_methods',
        }),
      'tokenInQuery',
    );
  });

  it('RS-10 refuses two Authorization headers, whatever is in them', async () => {
    const token = await target.sign();
    for (const other of [`Bearer ${token}`, 'Bearer x']) {
      await target.holds(
        () =>
          target.refuses(withAuthorization(`Bearer ${token}`, other), {
            ...INVALID_REQUEST,
            reason: 'two_authorization_headers',
          }),
        'oneHeader',
      );
    }
    await target.holds(
      () =>
        target.refuses(withAuthorization('Basic eDp5', `Bearer ${token}`), {
          ...INVALID_REQUEST,
          reason: 'two_authorization_headers',
        }),
      'oneHeader',
    );
  });

  it('RS-10 refuses two tokens in one header', async () => {
    const token = await target.sign();
    await target.holds(
      () =>
        target.refuses(withAuthorization(`Bearer ${token}, Bearer ${token}`), {
          ...INVALID_REQUEST,
          reason: 'two_authorization_headers',
        }),
      'listInOneHeader',
    );
  });

  it('RS-10 takes the scheme in any case', async () => {
    const token = await target.sign();
    await target.lets(withAuthorization(`bearer ${token}`), 'read_file');
    await target.lets(withAuthorization(`BEARER ${token}`), 'read_file');
  });

  it.each([
    ['CRLF before the token', (token: string) => `Bearer\r\n ${token}`],
    ['NUL before the token', (token: string) => `Bearer \0${token}`],
    ['NUL in the token', (token: string) => `Bearer ${token.slice(0, 20)}\0${token.slice(20)}`],
    ['a bare CR', (token: string) => `Bearer \r${token}`],
    ['bytes that are no ASCII', (token: string) => `Bearer \xff\xfe${token}`],
  ])('RS-10 lets nothing by that has %s', async (_, write) => {
    const { mcp, origin } = target.server;
    const ran = mcp.ran.length;
    const { body = '' } = toolCall('read_file', undefined);
    const head = [
      'POST /a/mcp HTTP/1.1',
      'Host: x',
      `Authorization: ${write(await target.sign())}`,
      'Content-Type: application/json',
      'MCP-Protocol-Version: 2026-07-28',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
    ];
    const answer = await rawRequest(Number(new URL(origin).port), `${head.join('\r\n')}\r\n\r\n${body}`);
    expect(statusesOf(answer)[0]).toBeOneOf([400, 401]);
    expect(mcp.ran.length).toBe(ran);
  });

  it.each([
    ['no credential', []],
    ['another scheme', ['Basic eDp5']],
    ['a scheme that only begins like ours', ['BearerX abc']],
  ])('RS-11 says where to sign in, and of no error, to %s', async (_, values) => {
    await target.holds(() => target.refuses(withAuthorization(...values), BARE), 'bareChallenge');
  });

  it('takes a token whose issuer’s clock is a little ahead of, or behind, the one here', async () => {
    const now = Math.floor(Date.now() / 1000);
    const early = await target.sign({ iat: now + 15, nbf: now + 15 });
    await target.lets(toolCall('read_file', early), 'read_file');
    const late = await target.sign({ iat: now - 600, exp: now - 5 });
    await target.holds(() => target.lets(toolCall('read_file', late), 'read_file'), 'expiryTolerance');
  });

  it('RS-11 answers an expired token as invalid', async () => {
    const expired = await target.sign({ iat: 1_700_000_000, exp: 1_700_000_600 });
    await target.refuses(toolCall('read_file', expired), { ...INVALID_TOKEN, reason: 'expired' });
  });

  it('RS-11 answers a broken token as invalid, whatever is wrong with it', async () => {
    const token = await target.sign();
    const cases: readonly (readonly [string, string])[] = [
      [`${token}x`, 'bad_signature'],
      ['opaque', 'malformed'],
      [await target.sign({}, { typ: 'JWT' }), 'wrong_type'],
      [await target.sign({ iss: `${target.issuer.issuer}/` }), 'wrong_issuer'],
      [await target.sign({ sub: undefined }), 'claim_missing'],
    ];
    for (const [broken, reason] of cases) {
      await target.refuses(toolCall('read_file', broken), { ...INVALID_TOKEN, reason });
    }
  });

  it('RS-11 asks GET and DELETE for a token too', async () => {
    for (const method of ['GET', 'DELETE', 'PUT', 'HEAD']) {
      await target.holds(() => target.refuses({ method, target: '/a/mcp' }, BARE), 'bareChallenge');
    }
  });

  it('F-05 says 503 and when to come again while keys cannot be had, and lets nobody in', async () => {
    const down = 'http://127.0.0.1:9';
    const server = await target.adapter.start(down);
    try {
      const token = await target.issuer.sign(server.a.resource, { iss: down });
      await target.holds(async () => {
        const answer = await exchange(server.origin, toolCall('read_file', token));
        expect([answer.status, answer.headers['retry-after'], answer.challenge]).toEqual([503, '30', undefined]);
      }, 'unavailable');
      // One says why, to whoever runs the server; one is of the request.
      expect([server.mcp.ran, server.events.map(({ type, reason }) => [type, reason])]).toEqual([
        [],
        [
          ['keys.unavailable', 'not_reached'],
          ['access_token.refused', 'keys_unavailable'],
        ],
      ]);
    } finally {
      await server.close();
    }
  });
});
