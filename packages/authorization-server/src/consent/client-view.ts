import type { AnswerPlace, Client, ClientView } from '@portcullis/ports';
import {
  displayClientName,
  displayText,
  formatUserCode,
  MAX_CLIENT_ID_LENGTH,
  type RedirectUri,
} from '@portcullis/protocol';
import type { BoundTransaction } from './bound-transaction.js';

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
    ...describe(client),
    redirectUri: displayText(redirectUri, MAX_REDIRECT_URI_LENGTH),
    goesTo: answerPlace(registered),
  };
}

/** The client of a transaction as its pages show it, with where the decision goes. */
export function buildBoundClientView({ client, answer }: Pick<BoundTransaction, 'client' | 'answer'>): ClientView {
  if (answer.kind === 'redirect') return buildClientView(client, answer.redirectUri, answer.registered);
  const goesTo = { kind: 'device', userCode: formatUserCode(answer.userCode) } as const;
  return { ...describe(client), redirectUri: undefined, goesTo };
}

function describe(client: Client): Omit<ClientView, 'redirectUri' | 'goesTo'> {
  return {
    name: displayClientName(client.clientName),
    fullName: displayText(client.clientName, Number.POSITIVE_INFINITY),
    // Whole: an id that is a URL says who describes the client, and its end may be the part that counts.
    clientId: displayText(client.clientId, MAX_CLIENT_ID_LENGTH),
    selfRegistered: client.source === 'dynamic',
  };
}

/** Whatever the URI says after a private-use scheme, it goes to the program that claimed the scheme: that is no host. */
export function answerPlace({ kind, scheme, authority }: RedirectUri): AnswerPlace {
  return kind === 'private-use' ? { kind, scheme } : { kind, host: authority };
}
