import type { Client, ClientView } from '@portcullis/ports';
import {
  displayClientName,
  displayText,
  MAX_CLIENT_ID_LENGTH,
  matchesRedirectUri,
  parseRedirectUri,
  type RedirectUri,
} from '@portcullis/protocol';
import type { Settings } from '../settings.js';

/** As long as a redirect URI may be. */
const MAX_REDIRECT_URI_LENGTH = 2048;

/** The client as a page shows it, with where this request's answer goes. */
export function buildClientView(
  client: Client,
  redirectUri: string,
  settings: Pick<Settings, 'redirectSchemes'>,
): ClientView {
  const parse = (uri: string): RedirectUri | undefined => {
    const parsed = parseRedirectUri(uri, settings.redirectSchemes);
    return parsed.ok ? parsed.value : undefined;
  };
  // Of a loopback redirect the registered form: the port of the moment tells a person nothing.
  const registered = client.redirectUris.find((uri) => matchesRedirectUri(uri, redirectUri)) ?? redirectUri;
  const target = parse(registered);
  return {
    name: displayClientName(client.clientName),
    fullName: displayText(client.clientName, Number.POSITIVE_INFINITY),
    // Whole: an id that is a URL says who describes the client, and its end may be the part that counts.
    clientId: displayText(client.clientId, MAX_CLIENT_ID_LENGTH),
    redirectUri: displayText(redirectUri, MAX_REDIRECT_URI_LENGTH),
    redirectHost: target?.authority ?? '',
    redirectScheme: target?.kind === 'private-use' ? target.scheme : undefined,
    loopbackOnly: client.redirectUris.every((uri) => parse(uri)?.kind === 'loopback'),
    selfRegistered: client.source === 'dynamic',
  };
}
