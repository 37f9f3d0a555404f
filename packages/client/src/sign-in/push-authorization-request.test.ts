import { beforeEach, describe, expect, it } from 'vitest';
import { createSession } from '../session/session.js';
import type { SessionOptions } from '../session/session-options.js';
import { optionsFor } from '../testing/client-of.js';
import {
  type Answer,
  createProtectedServer,
  type ProtectedServer,
  type SeenRequest,
} from '../testing/protected-server.js';

const PUSH = 'https://as.example/par';
const TAKEN: Answer = { status: 201, json: { request_uri: 'urn:ietf:params:oauth:request_uri:one', expires_in: 60 } };
const CLIENT = { clientId: 'by-hand', issuer: 'https://as.example' };

let server: ProtectedServer;
/** What the next pushes are answered; `TAKEN` after that. */
let answers: Answer[];
beforeEach(() => setUp({ require_pushed_authorization_requests: true }));

function setUp(metadata: Readonly<Record<string, unknown>>): void {
  server = createProtectedServer({ metadata: { pushed_authorization_request_endpoint: PUSH, ...metadata } });
  answers = [];
  server.routes.set(PUSH, () => answers.shift() ?? TAKEN);
  server.respond = (url) => {
    const state = url.searchParams.get('state') ?? pushes().at(-1)?.form.get('state') ?? '';
    return new URLSearchParams({ code: 'the-code', state, iss: server.issuer });
  };
}

const signIn = (options: Partial<SessionOptions> = {}) => createSession(optionsFor(server, options)).signIn();
const pushes = (): readonly SeenRequest[] => server.seen.filter(({ url }) => url === PUSH);

describe('a pushed authorization request (RFC 9126)', () => {
  it('says everything where the metadata require it, and the browser is shown a reference alone', async () => {
    setUp({
      require_pushed_authorization_requests: true,
      authorization_endpoint: 'https://as.example/authorize?tenant=one',
    });
    await signIn();
    const [request] = pushes();
    expect(Object.fromEntries(request?.form ?? [])).toEqual({
      response_type: 'code',
      client_id: expect.stringMatching(/^client-/),
      redirect_uri: 'http://127.0.0.1:1234/callback',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      state: expect.stringMatching(/^[\w-]{43}$/),
      resource: server.serverUrl,
      scope: 'a',
    });
    expect(server.authorizations.map(({ searchParams }) => Object.fromEntries(searchParams))).toEqual([
      {
        tenant: 'one',
        client_id: request?.form.get('client_id'),
        request_uri: 'urn:ietf:params:oauth:request_uri:one',
      },
    ]);
  });

  it('is made where the server does not require it for a client that is told to, and for no other', async () => {
    setUp({});
    await signIn();
    expect(pushes()).toEqual([]);
    expect(server.authorizations[0]?.searchParams.has('request_uri')).toBe(false);
    await signIn({ pushedAuthorizationRequests: 'always' });
    expect(pushes()).toHaveLength(1);
    expect(server.authorizations[1]?.searchParams.has('request_uri')).toBe(true);
  });

  it('proves the client as at the token endpoint', async () => {
    await signIn({ client: { preRegistered: { ...CLIENT, clientSecret: 'of-it' } } });
    const basic = `Basic ${btoa('by-hand:of-it')}`;
    expect(
      [pushes()[0], server.tokenRequests('authorization_code')[0]].map((one) => one?.headers['authorization']),
    ).toEqual([basic, basic]);
  });

  it('is sent with a proof of the key, and once more where the server wants a nonce in it', async () => {
    server.routes.set(`${server.issuer}/token`, () => ({ json: { access_token: 'at', token_type: 'DPoP' } }));
    answers = [{ status: 400, json: { error: 'use_dpop_nonce' }, headers: { 'dpop-nonce': 'n-1' } }];
    await signIn({ dpop: 'always' });
    const proofs = pushes().map(({ headers }) => JSON.parse(atob(headers['dpop']?.split('.')[1] ?? '')));
    expect(proofs).toEqual([
      expect.objectContaining({ htm: 'POST', htu: PUSH }),
      expect.objectContaining({ htm: 'POST', htu: PUSH, nonce: 'n-1' }),
    ]);
    expect(pushes()[1]?.form.get('dpop_jkt')).toMatch(/^[\w-]{43}$/);
    answers = Array.from({ length: 3 }, () => ({ status: 400, json: { error: 'use_dpop_nonce' } }));
    await expect(signIn({ dpop: 'always' })).rejects.toMatchObject({ error: 'use_dpop_nonce' });
    expect(answers).toHaveLength(1);
  });

  it('finds out that the server has forgotten the client before a person is led there, and registers again', async () => {
    answers = [{ status: 401, json: { error: 'invalid_client' } }];
    await signIn();
    const [first, second] = pushes().map(({ form }) => form.get('client_id'));
    expect(second).not.toBe(first);
    expect(server.authorizations).toHaveLength(1);
  });

  it.each<[string, Answer, object]>([
    [
      'is refused',
      { status: 400, json: { error: 'invalid_target' } },
      { code: 'authorization_refused', error: 'invalid_target' },
    ],
    ['meets a server that is down', { status: 503 }, { code: 'server_unavailable', status: 503 }],
    ['is answered without an address', { status: 201, json: {} }, { code: 'authorization_refused', status: 201 }],
    [
      'is answered with a line break',
      { status: 201, json: { request_uri: 'urn:a\nb' } },
      { code: 'authorization_refused' },
    ],
    [
      'is of a client that cannot prove itself',
      { status: 401, json: { error: 'invalid_client' } },
      { code: 'client_refused' },
    ],
  ])('leads nobody anywhere where it %s', async (_title, answer, error) => {
    answers = [answer];
    await expect(signIn({ client: { preRegistered: CLIENT } })).rejects.toMatchObject(error);
    expect(server.authorizations).toEqual([]);
  });

  it('tells what the server says of a refusal, but for what repeats the secret', async () => {
    const said = (description: string): Answer => ({
      status: 400,
      json: { error: 'invalid_request', error_description: description },
    });
    const client = { preRegistered: { ...CLIENT, clientSecret: 'of-it' } };
    answers = [said('No such\u001b scope.')];
    await expect(signIn({ client })).rejects.toMatchObject({ description: 'No such scope.' });
    answers = [said('Do not send of-it.')];
    await expect(signIn({ client })).rejects.toMatchObject({ error: 'invalid_request', description: undefined });
  });

  it('needs a place to go to', async () => {
    setUp({ require_pushed_authorization_requests: true, pushed_authorization_request_endpoint: undefined });
    await expect(signIn()).rejects.toMatchObject({ code: 'discovery_failed' });
    setUp({ pushed_authorization_request_endpoint: undefined });
    await expect(signIn({ pushedAuthorizationRequests: 'always' })).rejects.toMatchObject({
      code: 'configuration_invalid',
    });
    setUp({ pushed_authorization_request_endpoint: 'http://as.example/par' });
    await expect(signIn()).rejects.toMatchObject({ code: 'url_refused' });
  });
});
