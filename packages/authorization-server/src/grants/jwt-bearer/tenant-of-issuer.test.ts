import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { subjectAtIssuer } from '../../sign-in/subject-at-issuer.js';
import {
  expectIssued,
  presentAsConf,
  provider,
  signIdJag,
  startAssertionServer,
} from '../../testing/identity-provider.js';
import { claimsOf, expectRefusal } from '../../testing/test-client.js';
import type { TestServer } from '../../testing/test-server.js';

let test: TestServer;
beforeEach(async () => {
  test = await startAssertionServer();
});

const present = async (claims: object) => presentAsConf(test, await signIdJag(test, { claims: { ...claims } }));
const configure = async (of: object) => {
  test = await startAssertionServer({ assertionIssuers: [{ ...provider, ...of }] }, test.storage);
};

describe('an identity provider of several organisations', () => {
  it('XG-01 speaks for none of them where none is configured', async () => {
    for (const tenant of ['acme', '', null, ['acme']]) {
      await expectRefusal(await present({ tenant }), 400, 'invalid_grant');
      expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason: 'assertion_tenant_mismatch' });
    }
    expect(await test.storage.users.list('default')).toHaveLength(2);
    await expectIssued(await present({}));
  });

  it('XG-01 speaks for the one that is configured, and for no other', async () => {
    await configure({ tenant: 'acme' });
    for (const tenant of [undefined, 'fabrikam', 'ACME', ['acme']]) {
      await expectRefusal(await present({ tenant }), 400, 'invalid_grant');
      expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason: 'assertion_tenant_mismatch' });
    }
    await expectIssued(await present({ tenant: 'acme' }));
  });

  it('XG-01 makes two users of two people who are called alike in two of them', async () => {
    const subjects = [];
    for (const of of [{}, { tenant: 'acme' }, { tenant: 'fabrikam' }]) {
      await configure(of);
      subjects.push(claimsOf((await expectIssued(await present(of))).access_token)['sub']);
    }
    expect(new Set(subjects).size).toBe(3);
    expect(subjects[1]).toBe(subjectAtIssuer(nodePlatform.hash, provider.issuer, 'U019488227', 'acme'));
  });

  it('XG-01 means the tenant of ours that it was told to mean, or none', async () => {
    await expectRefusal(await present({ aud_tenant: 'default' }), 400, 'invalid_grant');
    expect(test.events.at(-1)).toMatchObject({ reason: 'assertion_audience_tenant_mismatch' });
    await configure({ audienceTenant: 'ours' });
    for (const named of [undefined, 'default', ['ours']]) {
      await expectRefusal(await present({ aud_tenant: named }), 400, 'invalid_grant');
      expect(test.events.at(-1)).toMatchObject({ reason: 'assertion_audience_tenant_mismatch' });
    }
    await expectIssued(await present({ aud_tenant: 'ours' }));
  });
});
