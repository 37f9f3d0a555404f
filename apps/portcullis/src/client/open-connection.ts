import { createSessionFetch } from '@portcullis/client';
import type { Terminal } from '../terminal.js';
import { askPerson } from './ask-person.js';
import type { SignInOptions } from './client-options.js';
import { createMcpConnection, type McpConnection } from './mcp/mcp-connection.js';
import { noSignIn } from './no-sign-in.js';
import { openSession } from './open-session.js';
import { withParameterHeaders } from './parameter-headers/with-parameter-headers.js';
import { readRequestHeaders } from './request-headers.js';
import type { ServerClock } from './server-clock.js';
import { createServerFetch } from './server-fetch.js';
import { readServerUrl } from './server-url.js';
import { tellEvents } from './tell-events.js';

/**
 * A connection to the MCP server that signs in where it has to. With an `Authorization` header of one's own nobody signs
 * in: it is sent as it is. Arguments that the server wants in headers are repeated there.
 *
 * @param clock - counts what the server takes of it
 */
export async function openConnection(
  url: string,
  options: SignInOptions,
  terminal: Terminal,
  clock?: ServerClock,
): Promise<McpConnection> {
  const serverUrl = readServerUrl(url);
  const { environment } = terminal;
  const headers = readRequestHeaders({ headers: options.header ?? [], file: options.headerFile, environment });
  const person = askPerson(options, terminal);
  const asksNobody = options.signIn === false && options.clientCredentials !== true;
  const grant = asksNobody ? noSignIn(url, options) : person.grant;
  const tell = tellEvents(terminal);
  const { session } = await openSession(url, options, terminal, {
    grant: {
      kind: grant.kind,
      obtain: (context) => grant.obtain(context).finally(() => person.end()),
    },
    onEvent(event) {
      // It begins, and ends at once in words of its own.
      if (!asksNobody || event.type !== 'signing_in') tell(event);
      if (event.type === 'signed_in') terminal.stderr.write('Signed in.\n');
    },
  });
  const serverFetch = createServerFetch();
  const fetch =
    clock === undefined
      ? createSessionFetch(session, serverFetch)
      : clock.uncounted(createSessionFetch(session, clock.counted(serverFetch)));
  const note = (sentence: string): void => void terminal.stderr.write(`portcullis: ${sentence}\n`);
  return withParameterHeaders(createMcpConnection({ serverUrl, fetch, headers, note }), note);
}
