import type {
  AuthorizationTransaction,
  Client,
  DeviceAnswer,
  RedirectAnswer,
  ResourceDefinition,
} from '@portcullis/ports';
import { fail, type RedirectUri, type Result, succeed } from '@portcullis/protocol';
import { findRegisteredRedirect, type RegisteredRedirectFailure } from '../checks/registered-redirect.js';
import type { Core } from '../core.js';
import type { PresentedCookies } from './browser-cookies.js';
import { readTransactionHandle } from './transaction-handle.js';

/** Where the decision of a transaction goes, with what its pages have to say of that. */
export type BoundAnswer =
  | (RedirectAnswer & {
      /** The redirect URI, as the client registered it. */
      readonly registered: RedirectUri;
    })
  | (DeviceAnswer & {
      /** As the person typed it, without its dash. */
      readonly userCode: string;
    });

/** A transaction in the browser it began in, with what its pages are about. */
export interface BoundTransaction {
  readonly handle: string;
  /** The secret of this browser that the transaction is bound to. */
  readonly browser: string;
  readonly transaction: AuthorizationTransaction;
  readonly answer: BoundAnswer;
  readonly client: Client;
  readonly resource: ResourceDefinition;
}

/** Why a handle leads nowhere. */
export type UnboundReason =
  | 'transaction_unknown'
  | 'other_browser'
  | 'client_gone'
  | RegisteredRedirectFailure
  | 'resource_gone';

/** Finds the transaction of `handle`, if this is the browser it began in. Whatever its status. */
export async function findBoundTransaction(
  core: Pick<Core, 'ports' | 'settings' | 'clients' | 'resources'>,
  handle: string | undefined,
  cookies: PresentedCookies,
): Promise<Result<BoundTransaction, UnboundReason>> {
  if (handle === undefined) return fail('transaction_unknown');
  const { platform, storage } = core.ports;
  const transactionHash = platform.hash(handle);
  const now = platform.clock.nowEpochSeconds();
  const transaction = await storage.transactions.find(core.settings.tenantId, transactionHash, now);
  if (transaction === undefined) return fail('transaction_unknown');
  const browser = cookies.browsers.find((secret) => platform.hash(secret) === transaction.browserHash);
  if (browser === undefined) return fail('other_browser');
  const client = await core.clients.find(transaction.clientId);
  if (client === undefined) return fail('client_gone');
  const answer = bindAnswer(core, handle, transaction, client);
  if (!answer.ok) return answer;
  const resource = await core.resources.find(transaction.resource);
  if (resource === undefined) return fail('resource_gone');
  return succeed({ handle, browser, transaction, answer: answer.value, client, resource });
}

function bindAnswer(
  core: Pick<Core, 'settings'>,
  handle: string,
  { answer }: AuthorizationTransaction,
  client: Client,
): Result<BoundAnswer, UnboundReason> {
  if (answer.kind === 'device') {
    const { userCode } = readTransactionHandle(handle);
    return userCode === undefined ? fail('transaction_unknown') : succeed({ ...answer, userCode });
  }
  // The client may be described anew since the request was checked, without this address, or a gate of other rules run.
  const registered = findRegisteredRedirect(client, answer.redirectUri, core.settings.redirectSchemes);
  return registered.ok ? succeed({ ...answer, registered: registered.value }) : registered;
}
