import { OAuthClientError } from '@portcullis/client';
import { EXIT_CODE, ProgramError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';
import { RequestFailure } from './mcp/request-failure.js';

/** Does the work of a command. A failure of the client is one for the person at the terminal, in the words it has. */
export async function asClientCommand<Value>(work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof OAuthClientError) {
      // An address that is refused is a server's: the user's own is checked before.
      const exitCode = error.code === 'configuration_invalid' ? EXIT_CODE.usage : EXIT_CODE.failed;
      throw new ProgramError(error.message + saidByServer(error), exitCode, { cause: error });
    }
    if (error instanceof RequestFailure) throw new ProgramError(error.message, EXIT_CODE.failed, { cause: error });
    throw error;
  }
}

/** What the authorization server says of a refusal: in quotation marks, since anybody could have written it (CX-03). */
function saidByServer({ description }: OAuthClientError): string {
  return description === undefined ? '' : ` It says: "${terminalText(description)}"`;
}
