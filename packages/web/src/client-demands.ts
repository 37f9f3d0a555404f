/** What a gate demands of every client, beyond what all MCP clients do. */
export interface ClientDemands {
  /** That authorization requests are pushed (RFC 9126). */
  readonly pushedRequests: boolean;
  /** That tokens are bound to a key, which each request proves (RFC 9449). */
  readonly boundTokens: boolean;
}

/**
 * Which clients a gate lets in that demands more than usual, in three short sentences; undefined where it demands nothing
 * more. Does not say which of the clients do so that have a snippet: that changes with their versions.
 */
export function clientDemandsText({ pushedRequests, boundTokens }: ClientDemands): string | undefined {
  const abilities = [
    ...(pushedRequests ? ['push their sign-in requests (RFC 9126)'] : []),
    ...(boundTokens ? ['prove a key with each request (DPoP, RFC 9449)'] : []),
  ];
  if (abilities.length === 0) return undefined;
  return `Only clients that ${abilities.join(' and ')} get in here. Ordinary clients do not, and are refused. npx portcullis connect does, for any client that starts a program.`;
}
