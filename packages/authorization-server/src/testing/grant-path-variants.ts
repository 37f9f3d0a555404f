import { issueCode } from '@portcullis/ports/testing';
import { PROOF_KEY } from './dpop-proofs.js';
import { FILES } from './fixtures.js';
import { assertionForAll, GRANT_PATHS, type GrantPath } from './grant-paths.js';
import type { TestServer } from './test-server.js';

/** Paths of grant-paths.ts again, as another client goes them: what is checked, or what the tokens are bound to, is more then. */
export const GRANT_PATH_VARIANTS: readonly GrantPath[] = [
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

/** The user of the assertions lets the client `all` have `files:read`. */
async function consentToAll({ storage, clock }: TestServer): Promise<void> {
  const { subject = '' } = pathOf('jwt_bearer of an identity provider');
  const of = { tenantId: 'default', subject };
  const user = { ...of, username: 'ada', createdAtEpochSeconds: clock.now };
  const recognised = { type: 'user.recognised', outcome: 'allowed', occurredAtEpochSeconds: clock.now } as const;
  await storage.users.recognise(user, { ...recognised, tenantId: 'default' });
  await issueCode(storage, { ...of, clientId: 'all', resource: FILES, scopes: ['files:read'] });
}
