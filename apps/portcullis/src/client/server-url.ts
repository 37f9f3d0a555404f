import { parseEndpointUrl, type UrlFailure } from '@portcullis/client';
import { usageError } from '../program-error.js';

const WORDS: Readonly<Record<UrlFailure, string>> = {
  malformed: 'the server is named by its URL, such as https://mcp.example.com/mcp',
  too_long: 'the URL of the server is too long',
  plain_http:
    'the URL of the server is not https, and would show the token to everybody on the way (http is for localhost)',
  has_user: 'the URL of the server has a user or password in it; leave them out',
  has_fragment: 'the URL of the server has a fragment (#…) in it; leave it out',
};

/** The server that a person names: https, or http on this computer (CX-06, CX-08). @throws {ProgramError} */
export function readServerUrl(text: string): URL {
  const parsed = parseEndpointUrl(text);
  if (!parsed.ok) throw usageError(WORDS[parsed.failure]);
  return parsed.value;
}
