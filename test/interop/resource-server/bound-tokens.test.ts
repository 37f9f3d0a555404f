import { createTestDpopKey, type TestDpopKey } from '@portcullis/ports/testing';
import { beforeAll, expect, it } from 'vitest';
import { type Sent, toolCall } from './exchange.js';
import { behindEveryAdapter, type Target } from './target.js';

const ALGS = 'algs="ES256 RS256 PS256 EdDSA Ed25519"';
const INVALID_TOKEN = { status: 401, scheme: 'DPoP', challenge: `error="invalid_token", ${ALGS}` } as const;
const INVALID_PROOF = { status: 401, scheme: 'DPoP', challenge: `error="invalid_dpop_proof", ${ALGS}` } as const;

let key: TestDpopKey;
beforeAll(async () => {
  key = await createTestDpopKey();
});

/** A token that is bound to the key, and proofs of it for a POST to the resource, good but for `claims`. */
async function bound(target: Target, resource = target.server.a.resource) {
  const accessToken = await target.issuer.sign(resource, { cnf: { jkt: key.thumbprint } });
  const prove = (claims: object = {}): Promise<string> => key.prove({ url: resource, accessToken }, claims);
  return { accessToken, prove };
}

/** A call of `read_file` with these values of `Authorization`, and these proofs. */
function callWith(authorization: readonly string[], proofs: readonly string[], path = '/a/mcp'): Sent {
  const call = toolCall('read_file', undefined, { target: path });
  const headers = [
    ...authorization.map((value) => ['Authorization', value] as const),
    ...proofs.map((proof) => ['DPoP', proof] as const),
  ];
  return { ...call, headers: [...(call.headers ?? []), ...headers] };
}

behindEveryAdapter((target) => {
  it('PD-04 lets a bound token in with its proof, in any case of the scheme, and PD-03 no proof twice', async () => {
    const { accessToken, prove } = await bound(target);
    const proof = await prove();
    await target.holds(async () => {
      await target.lets(callWith([`DPoP ${accessToken}`], [proof]), 'read_file');
      await target.lets(callWith([`dpop ${accessToken}`], [await prove()]), 'read_file');
      await target.refuses(callWith([`DPoP ${accessToken}`], [proof]), {
        ...INVALID_PROOF,
        reason: 'dpop_proof_replayed',
      });
    }, 'proof');
  });

  it('PD-04 refuses a bound token as a bearer token, with or without a proof', async () => {
    const { accessToken, prove } = await bound(target);
    const ran = target.server.mcp.ran.length;
    for (const proofs of [[], [await prove()]]) {
      const sent = callWith([`Bearer ${accessToken}`], proofs);
      await target.holds(() => target.refuses(sent, { ...INVALID_TOKEN, reason: 'sender_constrained' }), 'proof');
      const { status, challenge } = await target.send(sent);
      expect([status, challenge]).toEqual([401, expect.stringMatching(/^(DPoP|Bearer) error="invalid_token"/)]);
    }
    expect(target.server.mcp.ran.length).toBe(ran);
  });

  it('PD-04 refuses a bound token without a proof, and with one that is of another key, token, method or place', async () => {
    const { accessToken, prove } = await bound(target);
    const other = await createTestDpopKey();
    const { resource } = target.server.a;
    const cases: readonly (readonly [string, readonly string[]])[] = [
      ['dpop_proof_missing', []],
      ['dpop_proof_repeated', [await prove(), await prove()]],
      ['dpop_proof_malformed', ['']],
      ['dpop_proof_key_mismatch', [await other.prove({ url: resource, accessToken })]],
      ['dpop_proof_token_mismatch', [await prove({ ath: undefined })]],
      ['dpop_proof_token_mismatch', [await key.prove({ url: resource, accessToken: 'another' })]],
      ['dpop_proof_method_mismatch', [await prove({ htm: 'GET' })]],
      ['dpop_proof_url_mismatch', [await prove({ htu: target.server.b.resource })]],
      ['dpop_proof_url_mismatch', [await prove({ htu: 'https://other.test/a/mcp' })]],
      ['dpop_proof_outside_window', [await prove({ iat: Math.floor(Date.now() / 1000) - 90 })]],
    ];
    for (const [reason, proofs] of cases) {
      const sent = callWith([`DPoP ${accessToken}`], proofs);
      await target.holds(() => target.refuses(sent, { ...INVALID_PROOF, reason }), 'proof');
    }
  });

  it('PD-04 refuses a bearer token under the scheme of bound ones, and one that is bound in another way', async () => {
    const token = await target.sign();
    const { resource } = target.server.a;
    const proof = await key.prove({ url: resource, accessToken: token });
    await target.holds(
      () =>
        target.refuses(callWith([`DPoP ${token}`], [proof]), { ...INVALID_TOKEN, reason: 'not_sender_constrained' }),
      'proof',
    );
    const toCertificate = await target.sign({ cnf: { 'x5t#S256': key.thumbprint } });
    await target.refuses(callWith([`Bearer ${toCertificate}`], []), {
      status: 401,
      challenge: 'error="invalid_token"',
      reason: 'sender_constrained',
    });
  });

  it('PD-04 answers 400 to both schemes, in two headers or in one', async () => {
    const { accessToken, prove } = await bound(target);
    const [one, two] = [`DPoP ${accessToken}`, `Bearer ${await target.sign()}`];
    for (const authorization of [[one, two], [two, one], [`${one}, ${two}`], [`${two}, ${one}`]]) {
      const sent = callWith(authorization, [await prove()]);
      await target.holds(async () => {
        const { status, challenge } = await target.send(sent);
        expect([status, challenge]).toEqual([400, expect.stringContaining('error="invalid_request"')]);
      }, 'proof');
    }
  });

  it('PD-05 asks for a nonce where one is needed, and for a bound token where no other gets in', async () => {
    const { resource } = target.server.bound;
    const { accessToken, prove } = await bound(target, resource);
    const send = (proof: string): Sent => callWith([`DPoP ${accessToken}`], [proof], '/bound/mcp');
    const bearer = await target.issuer.sign(resource);
    await target.holds(async () => {
      const asked = await target.refuses(send(await prove()), {
        status: 401,
        scheme: 'DPoP',
        challenge: `error="use_dpop_nonce", ${ALGS}`,
        reason: 'dpop_nonce_missing',
      });
      const nonce = asked.headers['dpop-nonce'];
      await target.lets(send(await prove({ nonce })), 'read_file');
      await target.refuses(send(await prove({ nonce: 'stale' })), {
        status: 401,
        scheme: 'DPoP',
        challenge: `error="use_dpop_nonce", ${ALGS}`,
        reason: 'dpop_nonce_stale',
      });
    }, 'proof');
    await target.holds(async () => {
      await target.refuses(callWith([], [], '/bound/mcp'), {
        status: 401,
        scheme: 'DPoP',
        challenge: ALGS,
        reason: 'missing',
      });
      await target.refuses(callWith([`Bearer ${bearer}`], [], '/bound/mcp'), {
        ...INVALID_TOKEN,
        reason: 'not_sender_constrained',
      });
    }, 'proof');
  });
});
