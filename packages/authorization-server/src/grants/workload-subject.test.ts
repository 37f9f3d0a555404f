import { isClientSubject } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import { checkClient } from '../clients/check-client.js';
import { configuredClient } from '../testing/fixtures.js';
import { platform, provider } from '../testing/identity-provider.js';
import { findIssuerOfWorkload, isWorkloadSubject, workloadSubject } from './workload-subject.js';

it('is in a namespace of its own, and no client can be called so', () => {
  const subject = workloadSubject({ name: 'builds' }, { name: 'deploy' });
  expect(subject).toBe('workload:builds:deploy');
  expect([isWorkloadSubject(subject), isClientSubject(subject), isWorkloadSubject('client:a')]).toEqual([
    true,
    false,
    false,
  ]);
  expect(checkClient(configuredClient(subject), [])).toMatchObject([{ member: 'clientId' }]);
});

it('leads back to its issuer as long as the identity is configured', () => {
  const issuers = [provider, platform];
  expect(findIssuerOfWorkload(issuers, 'workload:builds:deploy')).toBe(platform);
  for (const subject of ['workload:builds:gone', 'workload:other:deploy', 'workload:builds:', 'subject-of-alice', '']) {
    expect(findIssuerOfWorkload(issuers, subject)).toBeUndefined();
  }
});
