import type { Client, ClientView } from '@portcullis/ports';
import { displayClientName, displayText, MAX_CLIENT_ID_LENGTH, type RedirectUri } from '@portcullis/protocol';

/** As long as a redirect URI may be. */
const MAX_REDIRECT_URI_LENGTH = 2048;

/**
 * The client as a page shows it, with where this request's answer goes.
 *
 * @param redirectUri - as the request names it
 * @param registered - the same as it was registered: of a loopback redirect the port of the moment tells a person nothing
 */
export function buildClientView(client: Client, redirectUri: string, registered: RedirectUri): ClientView {
  return {
    name: displayClientName(client.clientName),
    fullName: displayText(client.clientName, Number.POSITIVE_INFINITY),
    // Whole: an id that is a URL says who describes the client, and its end may be the part that counts.
    clientId: displayText(client.clientId, MAX_CLIENT_ID_LENGTH),
    redirectUri: displayText(redirectUri, MAX_REDIRECT_URI_LENGTH),
    goesTo: answerPlace(registered),
    selfRegistered: client.source === 'dynamic',
  };
}

/** Whatever the URI says after a private-use scheme, it goes to the program that claimed the scheme: that is no host. */
function answerPlace({ kind, scheme, authority }: RedirectUri): ClientView['goesTo'] {
  return kind === 'private-use' ? { kind, scheme } : { kind, host: authority };
}
