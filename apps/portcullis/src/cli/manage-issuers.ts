import { DEFAULT_TENANT } from '@portcullis/protocol';
import { ProgramError } from '../program-error.js';
import { PROGRAM_NAME } from '../program-name.js';
import { terminalText } from '../terminal-text.js';
import { isoTime } from './format-table.js';
import { managementEvent } from './management-event.js';
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

/** Switches an issuer off. @throws {ProgramError} for one that the configuration at hand does not have */
export async function disableIssuer(store: OpenStore, issuer: string): Promise<'disabled' | 'unchanged'> {
  const { storage, platform, config } = store;
  if (config.isFromFile && config.input.assertionIssuers.every((one) => one.issuer !== issuer)) {
    throw new ProgramError(
      `the configuration has no assertion issuer ${terminalText(issuer)}, character for character; see ${PROGRAM_NAME} issuers list`,
    );
  }
  const event = managementEvent(platform, 'assertion_issuer.disabled', { detail: issuer });
  return storage.assertionIssuers.disable(DEFAULT_TENANT, issuer, platform.clock.nowEpochSeconds(), event);
}

/** Switches an issuer on again. @throws {ProgramError} for one that is not switched off */
export async function enableIssuer({ storage, platform }: OpenStore, issuer: string): Promise<void> {
  const event = managementEvent(platform, 'assertion_issuer.enabled', { detail: issuer });
  const outcome = await storage.assertionIssuers.enable(DEFAULT_TENANT, issuer, event);
  if (outcome === 'enabled') return;
  throw new ProgramError(`${terminalText(issuer)} is not switched off; see ${PROGRAM_NAME} issuers list`);
}
