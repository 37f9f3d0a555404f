import { parseEndpointUrl } from '@portcullis/protocol';
import { OAuthClientError } from '../oauth-client-error.js';

/** Longest URL that a message repeats whole. */
const MAX_TOLD_LENGTH = 300;

/**
 * The error of metadata that speak for `resource` where `serverUrl` was asked for. Mostly somebody has left out a part of the
 * path: so the URL that they are for is named, where it is one of the same origin, and never suggested where it is not.
 */
export function resourceMismatch(resource: string | undefined, serverUrl: URL): OAuthClientError {
  const found = `The protected resource metadata found for ${tell(serverUrl.href)} are`;
  const named = resource === undefined ? undefined : parseEndpointUrl(resource);
  if (named?.ok !== true) return mismatch(`${found} of no resource that has a URL. ${OPERATOR}`);
  const { origin, href } = named.value;
  if (origin !== serverUrl.origin) return mismatch(`${found} those of a server at ${origin}. ${OPERATOR}`);
  return mismatch(`${found} those of ${tell(href)}. Was that one meant? Then give its URL. Else: ${OPERATOR}`);
}

const OPERATOR = 'Whoever runs the server has to make their "resource" its own URL.';

function mismatch(message: string): OAuthClientError {
  return new OAuthClientError('resource_mismatch', message);
}

/** A URL parser leaves nothing in it but printable ASCII. */
function tell(href: string): string {
  return href.length > MAX_TOLD_LENGTH ? `${href.slice(0, MAX_TOLD_LENGTH - 1)}…` : href;
}
