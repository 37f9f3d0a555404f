import type { AssertionIssuer, WorkloadIdentity, WorkloadIssuer } from '../options.js';

/** What the subject of a workload begins with. A colon is no character of base64url, of which users' subjects are made. */
const WORKLOAD_SUBJECT_PREFIX = 'workload:';

/** The `sub` and the `client_id` of a workload: never those of a user or a client (RFC 9700 §4.15). */
export function workloadSubject(
  issuer: Pick<WorkloadIssuer, 'name'>,
  identity: Pick<WorkloadIdentity, 'name'>,
): string {
  return `${WORKLOAD_SUBJECT_PREFIX}${issuer.name}:${identity.name}`;
}

/** Whether a text is in the namespace of workloads. No user may act under it and no client be called so. */
export function isWorkloadSubject(subject: string): boolean {
  return subject.startsWith(WORKLOAD_SUBJECT_PREFIX);
}

/** The issuer by whose word a subject of a workload may act, as long as both are configured. */
export function findIssuerOfWorkload(
  assertionIssuers: readonly AssertionIssuer[],
  subject: string,
): WorkloadIssuer | undefined {
  return assertionIssuers.find(
    (issuer): issuer is WorkloadIssuer =>
      issuer.kind === 'workload' && issuer.identities.some((identity) => workloadSubject(issuer, identity) === subject),
  );
}
