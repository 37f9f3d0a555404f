import { createMemoryStorage } from '@portcullis/ports/memory';
import { createTestDpopKey, type TestDpopKey } from '@portcullis/ports/testing';
import { describeDpopRefusal } from '@portcullis/protocol/dpop-proof';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ALL_SCOPES, type Answer, call, METADATA_URL, RESOURCE, TestGate } from './testing/test-gate.js';

const REST = `scope="${ALL_SCOPES.join(' ')}", algs="ES256 RS256 PS256 EdDSA Ed25519", resource_metadata="${METADATA_URL}"`;
const TOKEN = 'at-bound';
const BOUND = 'This token is bound to a key: send it with the scheme DPoP and a proof.';
const UNBOUND = 'This token is not bound to a key: send it with the scheme Bearer.';
const ONLY_BOUND = 'Only tokens that are bound to a key get in here: get one by a token request with a DPoP proof.';
const REPLAYED = 'The DPoP proof was used before; each request needs a new one.';
const storage = createMemoryStorage();
const ids = storage.oneTimeIds;
let key: TestDpopKey;
/** Two replicas, one that asks for nonces, and one that lets in bound tokens alone. */
let gate: TestGate;
let replica: TestGate;
let withNonces: TestGate;
let strict: TestGate;
let gates: readonly TestGate[];

beforeAll(async () => {
  key = await createTestDpopKey();
  gate = await TestGate.open({ oneTimeIds: ids });
  replica = await TestGate.open({ oneTimeIds: ids });
  withNonces = await TestGate.open({ endpoint: { dpop: { requireNonce: true } } });
  strict = await TestGate.open({ endpoint: { dpop: { required: true } } });
  gates = [gate, replica, withNonces, strict];
});
beforeEach(() => {
  for (const one of gates) {
    one.seen.length = 0;
    one.events.length = 0;
    one.clockOffsetSeconds = 0;
    one.allowance = Number.POSITIVE_INFINITY;
    one.issue('bound', { proofKey: key.thumbprint });
  }
});
afterAll(() => Promise.all(gates.map((one) => one.close())));

const prove = (claims: object = {}): Promise<string> => key.prove({ url: RESOURCE, accessToken: TOKEN }, claims);

/** A call under the scheme, with these proofs. */
async function callWith(one: TestGate, ...proofs: readonly string[]): Promise<Answer> {
  const dpop = proofs.length === 0 ? {} : { dpop: [...proofs] };
  return one.post(call('ping'), { authorization: `DPoP ${TOKEN}`, ...dpop });
}

const reasonsOf = (one: TestGate): (string | undefined)[] => one.events.map(({ reason }) => reason);

describe('an access token that is bound to a key (RFC 9449 §7)', () => {
  it('PD-04 gets in with its proof, of which the upstream hears nothing', async () => {
    expect((await callWith(gate, await prove())).status).toBe(200);
    const [seen] = gate.seen;
    expect(Object.keys(seen?.headers ?? {}).filter((name) => /dpop|authorization/i.test(name))).toEqual([]);
    expect(gate.eventTypes()).toEqual(['mcp.request_allowed']);
  });

  it('PD-04 is refused in every misuse, with the challenge of DPoP, and the upstream is not asked', async () => {
    const other = await createTestDpopKey();
    const proof = await prove();
    const cases: readonly (readonly [string, string, Record<string, string | string[]>, string?])[] = [
      ['invalid_token', 'sender_constrained', { authorization: `Bearer ${TOKEN}` }, BOUND],
      ['invalid_token', 'sender_constrained', { authorization: `Bearer ${TOKEN}`, dpop: proof }, BOUND],
      ['invalid_token', 'not_sender_constrained', { authorization: 'DPoP at-alice', dpop: proof }, UNBOUND],
      ['invalid_token', 'bad_signature', { authorization: 'DPoP at-nobody', dpop: proof }],
      ['invalid_token', 'malformed_credential', { authorization: 'DPoP ?', dpop: proof }],
      [
        'invalid_dpop_proof',
        'dpop_proof_missing',
        { authorization: `DPoP ${TOKEN}` },
        describeDpopRefusal('dpop_proof_missing', RESOURCE),
      ],
      ...(
        [
          ['dpop_proof_repeated', [proof, await prove()]],
          ['dpop_proof_malformed', 'x'],
          ['dpop_proof_key_mismatch', await other.prove({ url: RESOURCE, accessToken: TOKEN })],
          ['dpop_proof_token_mismatch', await prove({ ath: undefined })],
          ['dpop_proof_token_mismatch', await key.prove({ url: RESOURCE, accessToken: 'at-alice' })],
          ['dpop_proof_method_mismatch', await prove({ htm: 'GET' })],
          ['dpop_proof_url_mismatch', await prove({ htu: 'https://gate.test/other/mcp' })],
          ['dpop_proof_url_mismatch', await prove({ htu: `http://127.0.0.1:${gate.gatePort}/files/mcp` })],
          ['dpop_proof_outside_window', await prove({ iat: gate.now() - 90 })],
        ] as const
      ).map(
        ([reason, dpop]) =>
          [
            'invalid_dpop_proof',
            reason,
            { authorization: `DPoP ${TOKEN}`, dpop: dpop as string },
            describeDpopRefusal(reason, RESOURCE),
          ] as const,
      ),
    ];
    for (const [error, reason, headers, words] of cases) {
      const answer = await gate.post(call('ping'), headers);
      expect(
        [answer.status, answer.headers['www-authenticate'], JSON.parse(answer.body).error.message],
        reason,
      ).toEqual([
        401,
        `DPoP error="${error}", ${words === undefined ? '' : `error_description="${words}", `}${REST}`,
        words ?? 'The access token is not valid',
      ]);
    }
    expect(reasonsOf(gate)).toEqual(cases.map(([, reason]) => reason));
    const bySubject = gate.events.filter(({ subject }) => subject === undefined).map(({ reason }) => reason);
    expect(bySubject).toEqual(['bad_signature', 'malformed_credential']);
    const unproven = gate.events.filter(({ type }) => type === 'access_token.unproven').map(({ reason }) => reason);
    expect(unproven).toEqual(reasonsOf(gate).filter((reason) => /^(sender_|dpop_)/.test(reason ?? '')));
    expect(gate.seen).toEqual([]);
    expect((await callWith(gate, proof)).status).toBe(200);
  });

  it('PD-04 answers 400 to both schemes in two headers, and to two in one', async () => {
    for (const authorization of [[`DPoP ${TOKEN}`, 'Bearer at-alice'], [`DPoP ${TOKEN}, Bearer at-alice`]]) {
      const head = authorization.map((value) => `Authorization: ${value}\r\n`).join('');
      const answer = await gate.raw(`POST /files/mcp HTTP/1.1\r\nHost: x\r\n${head}Content-Length: 2\r\n\r\n{}`);
      expect(answer).toMatch(/^HTTP\/1.1 400 /);
    }
    expect(gate.seen).toEqual([]);
  });

  it('PD-03 takes a proof once, at whichever replica, also when its clock was moved back', async () => {
    const proof = await prove();
    expect((await callWith(gate, proof)).status).toBe(200);
    for (const offset of [0, 30, -30]) {
      for (const one of [gate, replica]) {
        one.clockOffsetSeconds = offset;
        one.issue('bound', { proofKey: key.thumbprint });
        const answer = await callWith(one, proof);
        expect([answer.status, answer.headers['www-authenticate']]).toEqual([
          401,
          `DPoP error="invalid_dpop_proof", error_description="${REPLAYED}", ${REST}`,
        ]);
      }
    }
    expect(reasonsOf(replica)).toEqual(Array(3).fill('dpop_proof_replayed'));
    expect([gate.seen.length, replica.seen.length]).toEqual([1, 0]);
  });

  it('F-07, PD-03 takes none again when its clock is set back by ten minutes after a sweep', async () => {
    const proof = await prove();
    expect((await callWith(gate, proof)).status).toBe(200);
    await storage.sweep('default', gate.now() + 600);
    expect((await callWith(gate, proof)).status).toBe(401);
    expect(reasonsOf(gate).at(-1)).toBe('dpop_proof_replayed');
  });

  it('PD-03 lets one of many through that come at once to two replicas', async () => {
    const proof = await prove();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, index) => callWith(index % 2 === 0 ? gate : replica, proof)),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(gate.seen.length + replica.seen.length).toBe(1);
  });

  it('uses no proof up where the caller has reached the limit', async () => {
    const proof = await prove();
    gate.allowance = 0;
    expect((await callWith(gate, proof)).status).toBe(429);
    gate.allowance = Number.POSITIVE_INFINITY;
    expect((await callWith(gate, proof)).status).toBe(200);
  });

  it('PD-03 counts nothing against the limit of a caller whose proof was caught and sent again', async () => {
    gate.allowance = 2;
    const caught = await prove();
    expect((await callWith(gate, caught)).status).toBe(200);
    for (const _ of [1, 2, 3]) expect((await callWith(gate, caught)).status).toBe(401);
    expect((await callWith(gate, await prove())).status).toBe(200);
    expect((await callWith(gate, await prove())).status).toBe(429);
  });

  it('answers 503 where the memory cannot tell, and lets nobody in', async () => {
    const broken = await TestGate.open({ oneTimeIds: { use: () => Promise.reject(new Error('down')) } });
    try {
      broken.issue('bound', { proofKey: key.thumbprint });
      const answer = await callWith(broken, await prove());
      expect([answer.status, answer.headers['retry-after'], broken.seen]).toEqual([503, '5', []]);
      expect([reasonsOf(broken), broken.faults.length]).toEqual([['dpop_replay_memory_unavailable'], 1]);
      expect((await broken.post(call('ping'))).status).toBe(200);
    } finally {
      await broken.close();
    }
  });

  it('PD-05 asks for a nonce, takes it, and hands out a newer one with an answer', async () => {
    const asked = await callWith(withNonces, await prove());
    expect([asked.status, asked.headers['www-authenticate']]).toEqual([
      401,
      `DPoP error="use_dpop_nonce", error_description="Make a new DPoP proof, with the nonce given here.", ${REST}`,
    ]);
    const nonce = String(asked.headers['dpop-nonce']);
    const first = await callWith(withNonces, await prove({ nonce }));
    expect(first.status).toBe(200);
    withNonces.clockOffsetSeconds = 120;
    const later = await callWith(withNonces, await prove({ nonce, iat: withNonces.now() }));
    expect([later.status, later.headers['dpop-nonce']]).toEqual([200, expect.stringMatching(/^[\w.-]+$/)]);
    withNonces.clockOffsetSeconds = 1200;
    withNonces.issue('bound', { proofKey: key.thumbprint });
    const stale = await callWith(withNonces, await prove({ nonce, iat: withNonces.now() }));
    expect([stale.status, reasonsOf(withNonces).at(-1)]).toEqual([401, 'dpop_nonce_stale']);
    withNonces.clockOffsetSeconds = 0;
    expect((await withNonces.post(call('ping'))).status).toBe(200);
  });

  it('PD-04 is all that gets in where it is required, and every challenge says so', async () => {
    for (const [headers, challenge] of [
      [{ authorization: '' }, `DPoP ${REST}`],
      [{}, `DPoP error="invalid_token", error_description="${ONLY_BOUND}", ${REST}`],
      [{ authorization: 'Bearer x' }, `DPoP error="invalid_token", ${REST}`],
    ] as const) {
      const answer = await strict.post(call('ping'), headers);
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, challenge]);
    }
    expect(reasonsOf(strict)).toEqual(['missing', 'not_sender_constrained', 'bad_signature']);
    expect((await callWith(strict, await prove())).status).toBe(200);
  });

  it('PD-04 is told by its scheme what scope it lacks', async () => {
    gate.issue('bound', { proofKey: key.thumbprint, scopes: [] });
    const answer = await gate.post(call('tools/list'), { authorization: `DPoP ${TOKEN}`, dpop: await prove() });
    expect([answer.status, answer.headers['www-authenticate']]).toEqual([
      403,
      expect.stringMatching(/^DPoP error="insufficient_scope", scope="mcp:tools:read", algs=/),
    ]);
  });

  it('keeps the session of its caller, whichever token and key comes next', async () => {
    gate.script = (seen, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'mcp-session-id': 'inner' });
      response.end(JSON.stringify({ jsonrpc: '2.0', id: 1, result: { id: seen.headers['mcp-session-id'] } }));
    };
    const opened = await callWith(gate, await prove());
    const session = String(opened.headers['mcp-session-id']);
    const next = await createTestDpopKey();
    const token = gate.issue('bound', { proofKey: next.thumbprint }, 'bound-2');
    const proof = await next.prove({ url: RESOURCE, accessToken: token });
    const headers = { authorization: `DPoP ${token}`, dpop: proof, 'mcp-session-id': session };
    expect(JSON.parse((await gate.post(call('ping'), headers)).body)).toMatchObject({ result: { id: 'inner' } });
  });

  it('lets the scripts of an allowed origin send a proof and read what is asked of them', async () => {
    const origin = 'https://app.test';
    const preflight = await gate.send('OPTIONS', {
      origin,
      authorization: '',
      'access-control-request-headers': 'dpop',
    });
    expect(preflight.headers['access-control-allow-headers']).toMatch(/(^|, )DPoP(,|$)/);
    const refused = await gate.post(call('ping'), { origin, authorization: `DPoP ${TOKEN}` });
    expect(refused.headers['access-control-expose-headers']).toMatch(/WWW-Authenticate, DPoP-Nonce/);
  });
});
