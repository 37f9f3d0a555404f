import { issueCode } from '@portcullis/ports/testing';
import { PROOF_KEY, proofHeader } from './dpop-proofs.js';
import { FILES } from './fixtures.js';
import { madePublic } from './grant-checks.js';
import { assertionForAll, codeOfAll, GRANT_PATHS, type GrantPath, PROOF } from './grant-paths.js';
import { redemption, refreshing, type Tokens } from './test-client.js';
import type { TestServer } from './test-server.js';

const PROVES_NOTHING = { doesNotApply: 'the client proves nothing' } as const;

/** Paths of grant-paths.ts again, as another client goes them: what is checked, or what the tokens are bound to, is more then. */
export const GRANT_PATH_VARIANTS: readonly GrantPath[] = [
  {
    ...pathOf('refresh_token'),
    name: 'refresh_token of a public client',
    as: madePublic,
    prepare: async (test) => refreshing((await publicTokens(test)).refresh_token, { client_id: 'all' }),
    prepareBound: async (test) =>
      refreshing((await publicTokens(test, await proofHeader(test))).refresh_token, { client_id: 'all' }),
    answers: {
      ...pathOf('refresh_token').answers,
      'what it takes is bound to a key that nothing proves': [400, 'invalid_grant', 'dpop_key_mismatch'],
      'what it takes is bound to another key': [400, 'invalid_grant', 'dpop_key_mismatch'],
      'the client has another secret': PROVES_NOTHING,
      'the client has another method': PROVES_NOTHING,
      'the client has become easier to pass for': PROVES_NOTHING,
      'the client proves nothing': PROVES_NOTHING,
    },
  },
  {
    ...pathOf('refresh_token'),
    name: 'refresh_token that was rotated, within the grace',
    prepare: async (test) => {
      const form = await pathOf('refresh_token').prepare(test);
      await test.postForm('/token', form, PROOF);
      return form;
    },
    credential: undefined,
  },
  {
    ...pathOf('jwt_bearer of an identity provider'),
    name: 'jwt_bearer of an identity provider, with the consent of the user',
    as: (client) => ({ ...client, consentRequired: true }),
    prepare: async (test) => {
      await consentToAll(test);
      return assertionForAll(test);
    },
    prepareBound: async (test) => {
      await consentToAll(test);
      return assertionForAll(test, { cnf: { jkt: PROOF_KEY.thumbprint } });
    },
    answers: {
      ...pathOf('jwt_bearer of an identity provider').answers,
      'the user took the client off their account': [400, 'invalid_grant', 'assertion_without_consent'],
      'the user took the client off their account just after their consent was read': [
        400,
        'invalid_grant',
        'assertion_without_consent',
      ],
    },
  },
];

function pathOf(name: string): GrantPath {
  const path = GRANT_PATHS.find((one) => one.name === name);
  if (path === undefined) throw new Error(`There is no path ${name}`);
  return path;
}

async function publicTokens(test: TestServer, headers: Record<string, string> = {}): Promise<Tokens> {
  const form = redemption(await codeOfAll(test), { client_id: 'all' });
  return (await (await test.postForm('/token', form, headers)).json()) as Tokens;
}

/** The user of the assertions lets the client `all` have `files:read`. */
async function consentToAll({ storage, clock }: TestServer): Promise<void> {
  const { subject = '' } = pathOf('jwt_bearer of an identity provider');
  const of = { tenantId: 'default', subject };
  const user = { ...of, username: 'ada', createdAtEpochSeconds: clock.now };
  const recognised = { type: 'user.recognised', outcome: 'allowed', occurredAtEpochSeconds: clock.now } as const;
  await storage.users.recognise(user, { ...recognised, tenantId: 'default' });
  await issueCode(storage, { ...of, clientId: 'all', resource: FILES, scopes: ['files:read'] });
}
