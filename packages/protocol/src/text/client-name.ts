import { displayText } from './display-text.js';

/** What a client is called that gives itself no name: `client_name` may stay away (RFC 7591 §2). */
export const NAMELESS_CLIENT = 'An application without a name';

/**
 * The name of a client as a person is shown it: as much of it as {@link displayText} leaves, and words of ours when
 * nothing visible is left. Does not escape, and does not know whether the name is borrowed.
 */
export function displayClientName(clientName: string): string {
  return displayText(clientName) || NAMELESS_CLIENT;
}
