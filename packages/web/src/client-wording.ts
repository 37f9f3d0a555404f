import type { AnswerPlace, DeviceAnswerPlace } from '@portcullis/ports';
import { displayClientName, displayText, parseUrl } from '@portcullis/protocol';
import { type Html, html } from './html.js';

/** A host is shown whole: cutting its end would hide the domain that owns it (RFC 1035 §2.3.4, and a port). */
const MAX_HOST_LENGTH = 262;

/** A client's name as a quotation that no letter of it can break out of: its own direction, its own quotes. */
export function quotedName(name: string): Html {
  return html`<q class="name"><bdi>${displayClientName(name)}</bdi></q>`;
}

/** A host, whole, left to right whatever letters it has, and broken between its labels alone. */
export function hostText(host: string): Html {
  return html`<bdi class="place" dir="ltr">${inParts(displayText(host, MAX_HOST_LENGTH))}</bdi>`;
}

/** An identifier or address, whole however long it is, left to right. */
export function wholeText(text: string): Html {
  return html`<bdi class="place" dir="ltr">${inParts(displayText(text, Number.POSITIVE_INFINITY))}</bdi>`;
}

/**
 * What ends at a dot or slash goes whole to the next line where it does not fit: a line that ends in the middle of a label could
 * read as the host of somebody else, as `app.example.co` of `app.example.com.evil.example` would. A part that is longer than a
 * line is alone on its lines, and breaks where they are full.
 */
function inParts(text: string): Html {
  const parts = text.match(/[^./]+[./]*|[./]+/g) ?? [];
  return parts.length < 2 ? html`${text}` : html`${parts.map((part) => html`<span>${part}</span>`)}`;
}

/** Beyond this many characters what follows the host of an address is cut. */
const MAX_BEHIND_HOST = 80;

/**
 * An address with what it leads to in strong letters, which is never cut: the host on the web, with its port; of any other
 * the scheme, since what is behind that is no host. Left to right. Not for an address with a user in front of the host.
 *
 * @param maxBehind - how much of what follows is shown, in code points
 */
export function addressText(address: string, maxBehind = MAX_BEHIND_HOST): Html {
  const text = displayText(address, Number.POSITIVE_INFINITY);
  const [, before = '', place = '', behind = text] =
    /^(https?:\/\/)([^/?#\\]*)(.*)$/i.exec(text) ?? /^()([a-z][a-z0-9+.-]*:)(.*)$/i.exec(text) ?? [];
  return html`<bdi class="place" dir="ltr">${inParts(before)}<strong>${inParts(place)}</strong>${inParts(displayText(behind, maxBehind))}</bdi>`;
}

/**
 * The host at which a client's own metadata document lies, when its id is an https URL (Client ID Metadata Document).
 * `undefined` for every other kind of id.
 */
export function clientIdHost(clientId: string): string | undefined {
  const url = parseUrl(clientId);
  if (url === undefined) return undefined;
  return url.protocol === 'https:' ? url.host : undefined;
}

/** Beyond this many characters a place is set smaller, so that its end stays in view. */
const LONG_PLACE = 32;

/** A place on a line of its own, in the largest text that lets it be seen whole. */
export function prominentPlace(place: string): Html {
  const size = place.length > LONG_PLACE ? 'destination-place long' : 'destination-place';
  return html`<p class="${size}">${hostText(place)}</p>`;
}

/** Where the answer goes, in the words that stand large on the consent page. */
export function destination(goesTo: AnswerPlace | DeviceAnswerPlace): {
  readonly label: string;
  readonly place: string;
} {
  switch (goesTo.kind) {
    case 'https':
      return { label: 'The answer goes to', place: goesTo.host };
    case 'loopback':
      return { label: 'The answer goes to a program on this computer', place: goesTo.host };
    case 'private-use':
      return { label: 'The answer goes to whichever app on this device opens', place: `${goesTo.scheme}:` };
    case 'device':
      return { label: 'The answer goes to the device that shows', place: goesTo.userCode };
  }
}
