import type { AskedScope, ClientView, ConsentPage, ScopeDefinition } from '@portcullis/ports';
import { displayClientName, displayText } from '@portcullis/protocol';
import { clientIdHost, destination, hostText, prominentPlace, quotedName, wholeText } from './client-wording.js';
import { descriptionChanges } from './description-changes.js';
import { hiddenFields } from './form-fields.js';
import { type Html, html } from './html.js';
import { type PageOptions, renderDocument } from './layout.js';
import { operatorText } from './operator-wording.js';

/**
 * Asks for a decision. The host that receives the answer, or the code of the device that does, is the largest text, because
 * it is the one thing about a client that the client cannot make up; its name is quoted as a claim.
 *
 * Enter in a field presses a form's first submit button (HTML §4.10.21.2), and among checkboxes Enter is mostly a slip.
 * That first button is here a hidden one with `formmethod="dialog"`, which submits nothing outside a dialog
 * (HTML §4.10.21.3): only pressing Approve approves, and only pressing Deny denies. A disabled button would not do;
 * Chromium passes over it and presses Approve.
 */
export function renderConsentPage(page: ConsentPage, options: PageOptions): string {
  const { client, form } = page;
  const goesTo = destination(client.goesTo);
  const nothingNew = page.scopes.length === 0 && page.allowedScopes.length > 0;
  return renderDocument(
    {
      title: `${displayClientName(client.name)} asks for access`,
      gate: 'half',
      width: 'paired',
      main: html`<div class="asker">
<h1>${quotedName(client.name)} asks for access${nothingNew ? ' again' : undefined}</h1>
<p class="lead">It wants to use <strong>${operatorText(page.resourceName)}</strong> in your name.</p>
<div class="destination">
<p class="destination-label">${goesTo.label}</p>
${prominentPlace(goesTo.place)}
${publisher(client)}
</div>
${warnings(page, nothingNew)}
</div>
<div class="decision">
<form method="post" action="${form.action}">
<button type="submit" formmethod="dialog" hidden></button>
${hiddenFields(form)}
${nothingNew ? undefined : scopeChoice(page)}
${page.allowedScopes.length === 0 ? undefined : allowedAlready(page, nothingNew)}
<div class="actions">
<button type="submit" class="primary" name="decision" value="approve">${nothingNew ? 'Continue' : 'Approve'}</button>
<button type="submit" class="secondary" name="decision" value="deny">Deny</button>
</div>
</form>
<form class="signed-in" method="post" action="${page.switchUserForm.action}">
${hiddenFields(page.switchUserForm)}
<p>Signed in as <strong><bdi>${displayText(page.username)}</bdi></strong>. Not you?</p>
<button type="submit" class="quiet">Switch user</button>
</form>
<details class="technical">
<summary>Technical details</summary>
<dl>
<dt>Resource</dt><dd>${wholeText(page.resource)}</dd>
<dt>Client id</dt><dd>${wholeText(client.clientId)}</dd>
${client.redirectUri === undefined ? undefined : html`<dt>Redirect URI</dt><dd>${wholeText(client.redirectUri)}</dd>`}
${nameInFull(client)}
</dl>
</details>
</div>`,
    },
    options,
  );
}

/** Only where the heading had to cut it. */
function nameInFull({ name, fullName }: ClientView): Html | undefined {
  return fullName === displayClientName(name)
    ? undefined
    : html`<dt>Name, as it gave it</dt><dd><q class="name"><bdi>${displayText(fullName, Number.POSITIVE_INFINITY)}</bdi></q></dd>`;
}

function publisher(client: ClientView): Html | undefined {
  const host = clientIdHost(client.clientId);
  return host === undefined
    ? undefined
    : html`<p class="destination-note">The application is described at <strong>${hostText(host)}</strong></p>`;
}

function warnings(
  { client, descriptionChanged, descriptionChanges: changes }: ConsentPage,
  nothingNew: boolean,
): Html | undefined {
  const texts: Html[] = [];
  if (descriptionChanged) {
    texts.push(html`<strong>The application describes itself differently since you last approved it.</strong>
Look at it as if it were new.
${descriptionChanges(changes)}`);
  }
  if (client.goesTo.kind === 'loopback') {
    texts.push(html`<strong>Any program on this computer could be asking.</strong>
${nothingNew ? 'Continue' : 'Approve'} only if you started this yourself, just now.`);
  }
  if (client.goesTo.kind === 'device') {
    texts.push(html`<strong>Compare the code with the one on your device.</strong>
${nothingNew ? 'Continue' : 'Approve'} only if they are the same and you started this yourself, just now. If somebody sent
you the code, or a link with it, press Deny: they would be let in as you.`);
  }
  if (client.selfRegistered) {
    texts.push(html`<strong>This application registered itself; nobody has vouched for it.</strong>
It chose its own name.`);
  }
  if (texts.length === 0) return undefined;
  return html`<ul class="notice warn" aria-label="Before you ${nothingNew ? 'continue' : 'approve'}">${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function scopeChoice({ scopes, allowedScopes }: ConsentPage): Html {
  if (scopes.length === 0) return html`<p class="scopes-none">It asks for no particular permission.</p>`;
  return html`<fieldset aria-describedby="scopes-hint">
<legend>${allowedScopes.length === 0 ? 'It would be able to' : 'New: it would also be able to'}</legend>
<p class="hint" id="scopes-hint">Untick what it should not do. ${
    allowedScopes.length === 0
      ? 'Approving with nothing ticked counts as Deny.'
      : 'With nothing ticked, it keeps what you have allowed before.'
  }</p>
<ul class="scopes">${scopes.map(scopeItem)}</ul>
</fieldset>`;
}

/** What an earlier approval covers: told, and sent back, so that it counts only where it was told. */
function allowedAlready({ allowedScopes }: ConsentPage, nothingNew: boolean): Html {
  return html`<div class="allowed">
<h2>${nothingNew ? 'Nothing new: you have allowed all of it before' : 'You have allowed before'}</h2>
<ul class="allowances">${allowedScopes.map(
    ({ name, description }) => html`<li class="in-words">${displayText(description, 200) || displayText(name, 128)}
<input type="hidden" name="kept" value="${name}"></li>`,
  )}</ul>
</div>`;
}

function scopeItem(scope: AskedScope, index: number): Html {
  const name = displayText(scope.name, 128);
  return html`<li>
<input type="checkbox" id="scope-${index}" name="scope" value="${scope.name}" aria-describedby="scope-name-${index}" checked>
<label for="scope-${index}">${displayText(scope.description, 200) || name}</label>
<code id="scope-name-${index}">${name}</code>
${scope.allowedBefore === undefined ? undefined : allowedWithin(scope.allowedBefore)}
</li>`;
}

function allowedWithin(scopes: readonly ScopeDefinition[]): Html {
  const words = scopes.map(({ name, description }) => displayText(description, 200) || displayText(name, 128));
  return html`<p class="hint">Allowed before: ${words.join('; ')}</p>`;
}
