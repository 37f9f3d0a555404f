import { workloadSubject } from '@portcullis/authorization-server/rules';
import { DEFAULT_TENANT } from '@portcullis/protocol';
import { checkVisible } from '../config/schema/building-blocks.js';
import { ProgramError, usageError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';
import { isoTime } from './format-table.js';
import { managementEvent, managementRevocation } from './management-event.js';
import type { OpenStore } from './with-store.js';

/** An assertion issuer as it is shown. */
export interface IssuerView {
  readonly issuer: string;
  /** Undefined where the configuration is not at hand, or does not have it. */
  readonly kind?: 'identity_provider' | 'workload';
  readonly state: 'enabled' | 'disabled';
  /** ISO 8601. */
  readonly disabledAt?: string;
}

/** The configured issuers in their order, and after them those that are switched off and not in the configuration at hand. */
export async function listIssuers({ storage, config }: OpenStore): Promise<readonly IssuerView[]> {
  const disabled = await storage.assertionIssuers.listDisabled(DEFAULT_TENANT);
  const configured = config.input.assertionIssuers.map(({ issuer, kind }) => ({ issuer, kind }));
  const others = disabled.filter(({ issuer }) => configured.every((one) => one.issuer !== issuer));
  return [...configured, ...others.map(({ issuer }) => ({ issuer }))].map((one) => {
    const since = disabled.find(({ issuer }) => issuer === one.issuer)?.disabledAtEpochSeconds;
    return since === undefined
      ? { ...one, state: 'enabled' }
      : { ...one, state: 'disabled', disabledAt: isoTime(since) };
  });
}

/** What switching an issuer off did. */
export interface DisabledIssuer {
  /** `access_ended` for one that was switched off already. */
  readonly outcome: 'disabled' | 'access_ended' | 'unchanged';
  /** Subjects of workloads, whose access tokens have ended. */
  readonly ended: readonly string[];
}

/** Switches an issuer off, and ends the access tokens of the workloads that the configuration at hand has of it, also where
 * it is off already. @throws {ProgramError} for one that the configuration at hand does not have,
 * or of which nothing can be seen (exit code 2) */
export async function disableIssuer(store: OpenStore, issuer: string): Promise<DisabledIssuer> {
  const { storage, platform, config } = store;
  const problem = checkVisible(issuer);
  if (problem !== undefined) throw usageError(`ISSUER: ${problem}`);
  if (config.isFromFile && config.input.assertionIssuers.every((one) => one.issuer !== issuer)) {
    throw new ProgramError(
      `the configuration has no assertion issuer ${terminalText(issuer)}, character for character; see ${store.suggest('issuers list')}`,
    );
  }
  const event = managementEvent(platform, 'assertion_issuer.disabled', { detail: issuer });
  const revocation = managementRevocation(platform);
  const subjects = config.input.assertionIssuers.flatMap((one) =>
    one.kind === 'workload' && one.issuer === issuer
      ? one.identities.map((identity) => workloadSubject(one, identity))
      : [],
  );
  const outcome = await storage.assertionIssuers.disable(DEFAULT_TENANT, issuer, subjects, revocation, event);
  return { outcome, ended: subjects };
}

/** Switches an issuer on again. */
export async function enableIssuer({ storage, platform }: OpenStore, issuer: string): Promise<'enabled' | 'unchanged'> {
  const event = managementEvent(platform, 'assertion_issuer.enabled', { detail: issuer });
  return storage.assertionIssuers.enable(DEFAULT_TENANT, issuer, event);
}
