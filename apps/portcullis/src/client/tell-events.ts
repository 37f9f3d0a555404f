import { type ClientEvent, OAuthClientError } from '@portcullis/client';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';

/** Says on standard error what a person wants to know of the work on tokens. What a server chose is cleaned (CX-03). */
export function tellEvents({ stderr }: Pick<Terminal, 'stderr'>): (event: ClientEvent) => void {
  return (event) => {
    const sentence = sentenceOf(event);
    if (sentence !== undefined) stderr.write(`${sentence}\n`);
  };
}

function sentenceOf(event: ClientEvent): string | undefined {
  switch (event.type) {
    case 'signing_in':
      return `Signing in at ${terminalText(event.issuer)} …`;
    case 'not_saved':
      return terminalText(`${event.error.message}${reasonOf(event.error)}`, 2000);
    case 'scopes_differ':
      return `The server gave other scopes than it was asked for: ${terminalText(event.granted.join(' '))}`;
    case 'signed_in':
    case 'refreshed':
    case 'adopted':
      return undefined;
  }
}

/** Where the store stands in the way, its failure says how. */
function reasonOf({ cause }: OAuthClientError): string {
  return cause instanceof OAuthClientError ? ` ${cause.message}` : '';
}
