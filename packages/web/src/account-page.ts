import type {
  AccountNotice,
  AccountPage,
  ConnectedClient,
  ConnectedResource,
  DescriptionChange,
  ScopeDefinition,
} from '@portcullis/ports';
import { displayClientName, displayText, type EpochSeconds } from '@portcullis/protocol';
import { clientIdHost, hostText, quotedName, wholeText } from './client-wording.js';
import { descriptionChanges } from './description-changes.js';
import { hiddenFields } from './form-fields.js';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { operatorText } from './operator-wording.js';
import { ago, day } from './time-wording.js';

/** As many scopes of a resource are listed at once; the gate has four by itself. */
const MOST_UNFOLDED_SCOPES = 6;

/** What was just done. Of what a request brought, only a client that is known here is named. */
const NOTICES: Readonly<Record<AccountNotice, (client: Html) => Html>> = {
  disconnected: (client) => html`Disconnected ${client}. Whatever it is doing here ends within a second or two.`,
  nothing_to_disconnect: (client) => html`Nothing was done: ${client} was not connected any more.`,
};

/**
 * What is connected to an account. Each client is quoted by the name it gave itself, with who vouches for it; what it may
 * do stands in the words of the resource. Disconnecting is one press: it harms nothing that asking again would not mend.
 */
export function renderAccountPage(page: AccountPage, options: PageOptions): string {
  return renderDocument(
    {
      title: 'Your applications',
      gate: 'half',
      width: 'wide',
      main: html`<h1>Your applications</h1>
<form class="signed-in" method="post" action="${page.signOutForm.action}">
${hiddenFields(page.signOutForm)}
<p>Signed in as <strong><bdi>${displayText(page.username)}</bdi></strong></p>
<button type="submit" class="quiet">Sign out</button>
</form>
${page.notice === undefined ? undefined : notice(page.notice, page.noticeClientName)}
${page.clients.length === 0 ? nothingConnected() : connections(page)}`,
    },
    options,
  );
}

function notice(what: AccountNotice, clientName: string | undefined): Html {
  const client = clientName === undefined ? html`the application` : quotedName(clientName);
  return html`<p class="notice good" role="status">${NOTICES[what](client)}</p>`;
}

function nothingConnected(): Html {
  return html`<p class="lead">Nothing is connected. An application that you approve shows up here,
with what it may do and when it last did.</p>`;
}

function connections(page: AccountPage): Html {
  return html`<p class="lead">These may act in your name. Disconnect what you do not use: it can always ask again.</p>
<ul class="connections">${page.clients.map((client) => connection(page, client))}</ul>`;
}

function connection({ disconnectForm, nowEpochSeconds }: AccountPage, client: ConnectedClient): Html {
  return html`<li>
<div class="connection-head">
<h2>${client.vouching === 'gone' ? hostText(client.clientId) : quotedName(client.name)}</h2>
<form method="post" action="${disconnectForm.action}">
${hiddenFields(disconnectForm)}
<input type="hidden" name="client_id" value="${client.clientId}">
<button type="submit" class="secondary" aria-label="Disconnect ${displayClientName(client.name)}">Disconnect</button>
</form>
</div>
<p class="hint">${vouching(client)}</p>
${client.resources.map((resource) => connectedResource(resource, nowEpochSeconds))}
<details class="technical">
<summary>Technical details</summary>
<dl>
<dt>Client id</dt><dd>${wholeText(client.clientId)}</dd>
${client.resources.map(({ resource }) => html`<dt>Resource</dt><dd>${wholeText(resource)}</dd>`)}
</dl>
</details>
</li>`;
}

function vouching({ vouching, clientId }: ConnectedClient): Html {
  const host = clientIdHost(clientId);
  switch (vouching) {
    case 'operator':
      return html`Added by whoever runs this server.`;
    case 'self_registered':
      return html`It registered itself; nobody has vouched for it.`;
    case 'document':
      return host === undefined ? html`It describes itself.` : html`Described at <strong>${hostText(host)}</strong>`;
    case 'gone':
      return html`It is not known here any more, and cannot act.`;
  }
}

function connectedResource(resource: ConnectedResource, now: EpochSeconds): Html {
  const { lastUsedAtEpochSeconds: lastUsed } = resource;
  return html`<div class="connected">
<h3>${operatorText(resource.resourceName)}</h3>
${allowances(resource.scopes)}
<p class="hint">${
    lastUsed === undefined
      ? html`Approved on ${day(resource.connectedAtEpochSeconds)}; it holds no access now.`
      : html`Connected on ${day(resource.connectedAtEpochSeconds)}, last used ${ago(lastUsed, now)}.`
  }</p>
${resource.descriptionChanges.length > 0 && changes(resource.descriptionChanges)}
</div>`;
}

function changes(all: readonly DescriptionChange[]): Html {
  return html`<p class="hint">It describes itself otherwise now than when you approved it:</p>
${descriptionChanges(all)}`;
}

/** Folded where there are many: a list of everything would bury the button that takes the client off. */
function allowances(scopes: readonly ScopeDefinition[]): Html {
  const list = html`<ul class="allowances" aria-label="It may">${scopes.map(allowance)}</ul>`;
  return scopes.length <= MOST_UNFOLDED_SCOPES
    ? list
    : html`<details><summary>It may do ${scopes.length} things</summary>${list}</details>`;
}

function allowance(scope: ScopeDefinition): Html {
  const words = displayText(scope.description, 200);
  return words === ''
    ? html`<li><code>${displayText(scope.name, 128)}</code></li>`
    : html`<li class="in-words">${words}</li>`;
}
