import type { DescriptionChange } from '@portcullis/ports';
import { aroundDifference } from './around-difference.js';
import { addressText, quotedName } from './client-wording.js';
import { type Html, html } from './html.js';
import { tellScripts } from './look-alike-scripts.js';

/** So many addresses of a kind are named, and the others counted: the page is about one request, not about the document. */
const MOST_ADDRESSES = 3;

type MethodWords = Readonly<Record<Extract<DescriptionChange, { member: 'authentication' }>['was'], string>>;

const PROOFS: MethodWords = {
  none: 'not at all',
  client_secret_basic: 'by a secret, sent in a header',
  client_secret_post: 'by a secret, sent in the form',
  private_key_jwt: 'by a key of its own',
};

/** What an application says otherwise of itself now, member by member with what it was and what it is; nothing of nothing. */
export function descriptionChanges(changes: readonly DescriptionChange[]): Html | undefined {
  return changes.length === 0 ? undefined : html`<dl class="changes">${changes.map(describe)}</dl>`;
}

function describe(change: DescriptionChange): Html {
  switch (change.member) {
    case 'name':
      return html`<dt>Its name</dt>${names(change.was, change.is)}`;
    case 'redirects':
      return html`<dt>Where it may have answers sent</dt>${[
        addresses('no longer', change.gone, change.added),
        addresses('new', change.added, change.gone),
      ]}`;
    case 'website':
      return html`<dt>Its website</dt>${wasAndIs(
        [website(change.was), website(change.is)],
        [wholeWebsite(change.was), wholeWebsite(change.is)],
      )}`;
    case 'authentication':
      return html`<dt>How it proves who it is</dt>${[row('was', PROOFS[change.was]), row('is', PROOFS[change.is])]}`;
    case 'keys':
      return html`<dt>Its keys</dt><dd>changed</dd>`;
  }
}

/** A name never takes more room than it does elsewhere, whatever the application chose: of two long ones the part that differs. */
function names(was: string, is: string): Html {
  const [before, now] = aroundDifference(was, is);
  return wasAndIs([quotedName(was), quotedName(is)], [quoted(before), quoted(now)], tellScripts(was, is));
}

function quoted(part: string): Html {
  return html`<q class="name"><bdi>${part}</bdi></q>`;
}

/** What was and what is. */
type Shown = readonly [was: Html, is: Html];

/** Both as they are shown elsewhere, or, where only what that cuts off differs, as `closer` has them, with what is to be said beside
 * either. */
function wasAndIs(elsewhere: Shown, closer: Shown, beside: { readonly was?: string; readonly is?: string } = {}): Html {
  const shown = [elsewhere, closer].find(([was, is]) => was.toString() !== is.toString());
  if (shown === undefined) return html`<dd>looks the same and is not: what differs cannot be seen</dd>`;
  const [was, is] = shown;
  return html`${[row('was', withNote(was, beside.was)), row('is', withNote(is, beside.is))]}`;
}

function withNote(shown: Html, note: string | undefined): Html {
  return note === undefined ? shown : html`${shown} (${note})`;
}

/** The first few. One that looks like another of the `others` where it is cut is shown whole. */
function addresses(when: string, all: readonly string[], others: readonly string[]): Html {
  const alike = new Set(others.map((other) => addressText(other).toString()));
  const shown = all.slice(0, MOST_ADDRESSES).map((address) => {
    const short = addressText(address);
    return row(when, alike.has(short.toString()) ? addressText(address, Number.POSITIVE_INFINITY) : short);
  });
  const more = all.length - shown.length;
  return html`${shown}${more > 0 && row(when, `and ${more} more`)}`;
}

function row(when: string, what: Html | string): Html {
  return html`<dd><span>${when}</span> <span>${what}</span></dd>`;
}

function website(address: string | undefined): Html {
  return address === undefined ? html`none` : addressText(address);
}

function wholeWebsite(address: string | undefined): Html {
  return address === undefined ? html`none` : addressText(address, Number.POSITIVE_INFINITY);
}
