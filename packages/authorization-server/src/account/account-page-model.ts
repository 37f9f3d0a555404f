import type {
  AccountPage,
  Client,
  ClientVouching,
  ConnectedClient,
  ConnectedResource,
  Consent,
  DescriptionChange,
  Hash,
} from '@portcullis/ports';
import { displayClientName, displayText } from '@portcullis/protocol';
import { descriptionAtConsent } from '../clients/client-fingerprint.js';
import { findKeptClient } from '../clients/kept-client.js';
import type { PresentedNotice } from '../consent/browser-cookies.js';
import { stands } from '../consent/consent-offer.js';
import { findDescriptionChanges } from '../consent/description-changes.js';
import type { Core } from '../core.js';
import { accountForm } from '../sign-in/place.js';
import type { NamedUser } from '../sign-in/presence.js';
import { type ClientConnections, type Connection, joinConnections } from './connections.js';

const VOUCHING = {
  configured: 'operator',
  registered: 'operator',
  dynamic: 'self_registered',
  metadata_document: 'document',
} as const satisfies Record<Client['source'], ClientVouching>;

/** The model of the account page, as things stand now. */
export async function buildAccountPage(
  core: Core,
  browser: string,
  user: NamedUser,
  presented: PresentedNotice | undefined,
): Promise<AccountPage> {
  const { platform, storage } = core.ports;
  const { tenantId } = core.settings;
  const { subject, username } = user;
  const now = platform.clock.nowEpochSeconds();
  const grants = await storage.grants.listOfUser(tenantId, subject, now);
  const consents = await storage.consents.listOfUser(tenantId, subject);
  const clients = await Promise.all(joinConnections(grants, consents).map((one) => describeClient(core, one)));
  const named = presented === undefined ? undefined : await findKeptClient(core, presented.clientId);
  return {
    username,
    nowEpochSeconds: now,
    clients,
    disconnectForm: accountForm(core, browser, subject, core.paths.accountDisconnect),
    signOutForm: accountForm(core, browser, subject, core.paths.accountSignOut),
    notice: presented?.notice,
    noticeClientName: named === undefined ? undefined : displayClientName(named.clientName),
  };
}

/** A client that is gone still shows, by its id: what it was allowed may come back with it. */
async function describeClient(core: Core, { clientId, connections }: ClientConnections): Promise<ConnectedClient> {
  const client = await findKeptClient(core, clientId);
  const resources = await Promise.all(connections.map((connection) => describeResource(core, client, connection)));
  if (client === undefined) return { clientId, name: displayText(clientId), vouching: 'gone', resources };
  const name = displayClientName(client.clientName);
  return { clientId, name, vouching: VOUCHING[client.source], resources };
}

async function describeResource(
  core: Core,
  client: Client | undefined,
  connection: Connection,
): Promise<ConnectedResource> {
  const { resource, scopes, connectedAtEpochSeconds, lastUsedAtEpochSeconds, consent } = connection;
  const definition = await core.resources.find(resource);
  return {
    resourceName: definition?.displayName ?? resource,
    resource,
    scopes: scopes.map((name) => definition?.scopes.find((scope) => scope.name === name) ?? { name, description: '' }),
    connectedAtEpochSeconds,
    lastUsedAtEpochSeconds,
    descriptionChanges: changesSince(consent, client, core.ports.platform.hash),
  };
}

function changesSince(
  consent: Consent | undefined,
  client: Client | undefined,
  hash: Hash,
): readonly DescriptionChange[] {
  if (consent === undefined || client === undefined || stands(consent, client, hash)) return [];
  const before = descriptionAtConsent(consent, hash);
  return before === undefined ? [] : findDescriptionChanges(before, { client, answersAt: undefined });
}
