import type { RedirectAnswer, RequestedTransaction } from '@portcullis/ports';
import type { EpochSeconds, Sha256 } from '@portcullis/protocol';
import type { AcceptedRequest } from '../checks/accepted-request.js';
import type { KnownRedirect } from '../checks/redirect.js';
import type { Core } from '../core.js';
import type { DecidedTransaction } from './issue-code.js';
import { newTransactionHandle } from './transaction-handle.js';

/** What a transaction of the authorization endpoint begins with. */
export interface BegunRequest extends Pick<AcceptedRequest, 'codeChallenge' | 'resource' | 'requestedScopes'> {
  readonly state: string | undefined;
  readonly dpopKeyThumbprint: string | undefined;
  /** Of the pushed request that it is, which the code uses up. */
  readonly pushedRequestHash: Sha256 | undefined;
  readonly authenticatedSince: EpochSeconds | undefined;
}

/** Stores an accepted request as a transaction of this browser. Its handle is for the pages alone. */
export async function startTransaction(
  core: Pick<Core, 'ports' | 'settings'>,
  { client, redirectUri }: KnownRedirect,
  begun: BegunRequest,
  browser: string,
): Promise<Pick<DecidedTransaction, 'handle' | 'transaction' | 'answer'>> {
  const { platform, storage } = core.ports;
  const now = platform.clock.nowEpochSeconds();
  const { state, codeChallenge, dpopKeyThumbprint, pushedRequestHash, authenticatedSince } = begun;
  const handle = newTransactionHandle(platform.random, { authenticatedSince, userCode: undefined });
  const answer: RedirectAnswer = {
    kind: 'redirect',
    redirectUri,
    state,
    codeChallenge,
    ...(dpopKeyThumbprint === undefined ? {} : { dpopKeyThumbprint }),
    ...(pushedRequestHash === undefined ? {} : { pushedRequestHash }),
  };
  const transaction: RequestedTransaction = {
    tenantId: core.settings.tenantId,
    transactionHash: platform.hash(handle),
    browserHash: platform.hash(browser),
    clientId: client.clientId,
    answer,
    resource: begun.resource.identifier,
    requestedScopes: begun.requestedScopes,
    createdAtEpochSeconds: now,
    expiresAtEpochSeconds: now + core.settings.lifetimes.transactionSeconds,
  };
  await storage.transactions.create(transaction);
  return { handle, transaction, answer };
}
