import type { Client, FoundDeviceAuthorization, RequestContext, RequestedTransaction } from '@portcullis/ports';
import { DEVICE_CODE_GRANT_TYPE, formatUserCode, parseOauthParameters, parseUserCode } from '@portcullis/protocol';
import { checkLetIn } from '../checks/let-in.js';
import { deriveCsrfToken, type FormBinding } from '../consent/csrf-token.js';
import { newTransactionHandle } from '../consent/transaction-handle.js';
import type { Core } from '../core.js';
import { findPresence } from '../sign-in/presence.js';
import type { PageHandler } from './endpoint.js';
import { interactionPath } from './interaction-path.js';
import { pageResponse, seeOther } from './page-response.js';
import { checkFormToken, readPostedForm, refuseForm } from './posted-form.js';
import { refuseUnknown } from './unknown-client-page.js';
import { giveBackUserCodePoint, takeUserCodePoint, type UserCodeTyper } from './user-code-limits.js';

/** The form of the page belongs to no transaction, and is shown to whoever it is. */
const BINDING: FormBinding = { purpose: 'device', handle: undefined, subject: undefined };

/** The same words whatever was wrong, so that nobody learns which codes there were. */
const WRONG_CODE = 'This code is not right, or has expired. Look at the device again.';

/** Of what was typed, so much is shown again. */
const MAX_SHOWN_LENGTH = 64;

/**
 * The page that asks for the code a device shows (RFC 8628 §3.3). A code in the address is written into the field, where it
 * is one by its letters (§3.3.1), and looked up no sooner than the person sends it: a link decides nothing.
 */
export const devicePageEndpoint: PageHandler = async (core, request) => {
  const { browser, setCookies } = core.cookies.identify(request.headers);
  const named = parseOauthParameters(new URL(request.url).search.slice(1)).value('user_code');
  const userCode = named === undefined ? undefined : parseUserCode(named);
  const shown = userCode === undefined ? '' : formatUserCode(userCode);
  return pageResponse(renderDevicePage(core, browser, shown, undefined), { setCookies });
};

/**
 * Takes a user code, and leads to the page of a transaction that its device waits for. Checks, in this order: where the
 * browser says the form comes from, its encoding, that this is the browser it was shown in, the CSRF token, whether whoever types
 * and their network have wrong codes left, the code, and whether its client is let in. Nothing is decided here, and
 * the code stays good.
 */
export const userCodeEndpoint: PageHandler = async (core, request, context) => {
  const posted = await readPostedForm(core, request, context);
  if (!posted.ok) return posted.failure;
  const { parameters, cookies } = posted.value;
  const shown = { path: core.paths.device };
  const [browser] = cookies.browsers;
  if (browser === undefined) return refuseForm(core, context, 'other_browser', shown);
  const refusal = checkFormToken(core, context, posted.value, BINDING, shown);
  if (refusal !== undefined) return refusal;
  const presence = await findPresence(core, request);
  const typer = { user: presence.state === 'signed_in' ? presence.user : undefined, browser };
  const limited = await takeUserCodePoint(core, context, typer);
  if (limited !== undefined) return limited;

  const typed = parameters.value('user_code') ?? '';
  const userCode = parseUserCode(typed);
  const device = userCode === undefined ? undefined : await findDevice(core, userCode);
  if (userCode === undefined || device === undefined) {
    core.trail.refused(context, 'device.refused', { reason: 'user_code_unknown' });
    const page = renderDevicePage(core, browser, typed.slice(0, MAX_SHOWN_LENGTH), WRONG_CODE);
    // 422: the form was read and understood, and what it says was not accepted (RFC 9110 §15.5.21).
    return pageResponse(page, { status: 422 });
  }
  await giveBackUserCodePoint(core, context, typer);
  return begin(core, context, { ...typer, device, userCode });
};

async function findDevice({ ports, settings }: Core, userCode: string): Promise<FoundDeviceAuthorization | undefined> {
  const { platform, storage } = ports;
  const now = platform.clock.nowEpochSeconds();
  return storage.deviceCodes.findByUserCode(settings.tenantId, platform.hash(userCode), now);
}

/** A device that was found, in the browser of whoever typed its code. */
interface Met extends UserCodeTyper {
  readonly device: FoundDeviceAuthorization;
  readonly userCode: string;
}

async function begin(core: Core, context: RequestContext, met: Met): Promise<Response> {
  const { clientId } = met.device;
  const admitted = await core.clients.admit(clientId, context);
  if (!admitted.ok) return refuseUnknown(core, context, clientId, admitted.failure);
  const { client } = admitted.value;
  if (!client.grantTypes.includes(DEVICE_CODE_GRANT_TYPE)) {
    return refuseUnknown(core, context, clientId, { reason: 'grant_type_not_of_client' });
  }
  const notLetIn = await checkLetIn(core.clients, admitted.value, met.user, context);
  if (notLetIn !== undefined) return refuseUnknown(core, context, clientId, notLetIn);
  return seeOther(interactionPath(core, await startTransaction(core, context, client, met)));
}

/** Answers the handle of a new transaction, which is bound to this browser and ends no later than the code. */
async function startTransaction(
  core: Core,
  context: RequestContext,
  { clientName }: Client,
  { device, userCode, browser }: Met,
): Promise<string> {
  const { platform, storage } = core.ports;
  const { clientId, resource, requestedScopes } = device;
  const now = platform.clock.nowEpochSeconds();
  const handle = newTransactionHandle(platform.random, { authenticatedSince: undefined, userCode });
  const transaction: RequestedTransaction = {
    tenantId: core.settings.tenantId,
    transactionHash: platform.hash(handle),
    browserHash: platform.hash(browser),
    clientId,
    answer: { kind: 'device', deviceCodeHash: device.deviceCodeHash },
    resource,
    requestedScopes,
    createdAtEpochSeconds: now,
    expiresAtEpochSeconds: Math.min(now + core.settings.lifetimes.transactionSeconds, device.expiresAtEpochSeconds),
  };
  await storage.transactions.create(transaction);
  const details = { clientId, clientName, resource, scopes: requestedScopes, detail: 'by the user code of a device' };
  core.trail.record(core.trail.event(context, 'authorization.requested', 'allowed', details));
  return handle;
}

function renderDevicePage(core: Core, browser: string, userCode: string, problem: string | undefined): string {
  const csrfToken = deriveCsrfToken(core.ports.platform.hash, BINDING, browser);
  const form = { action: core.paths.device, transaction: undefined, csrfToken };
  return core.ports.pages.device({ form, userCode, problem });
}
