import { codeOfCause, OAuthClientError, parseEndpointUrl } from '@portcullis/client';
import { browserSignIn, createFileStore, createGuardedTransport, findStoreKey } from '@portcullis/client/node';

/** How long the SDK waits for an answer, in milliseconds: a person may have to sign in before there is one. */
export const WAIT = { timeout: 360_000 };

/** What the command line and the environment say: what to call, and what the client is put together from. */
export async function readSettings([serverUrl, tool, json = '{}'], { BROWSER }) {
  const toolArguments = parseJson(json);
  // What the client takes: https, or http at this computer.
  if (serverUrl === undefined || !parseEndpointUrl(serverUrl).ok || toolArguments === undefined) {
    console.error('Usage: by-fetch.mjs | by-provider.mjs HTTPS_URL_OF_THE_SERVER [TOOL [ARGUMENTS_AS_JSON]]');
    process.exit(2);
  }
  return {
    serverUrl: new URL(serverUrl),
    tool,
    toolArguments,
    // The same store as the program's: whoever has signed in with `portcullis login` is not asked again.
    parts: {
      serverUrl,
      client: { description: { clientName: 'Example client' } },
      store: createFileStore(await findStoreKey()),
      transport: createGuardedTransport({ serverUrl }),
      onEvent: tellEvent,
    },
    signIn: browserSignIn({
      ...(BROWSER ? { browser: { command: [BROWSER] } } : {}),
      onUrl: (url, wasOpened) => say(wasOpened ? 'Your browser opens.' : `Open this address: ${url}`),
    }),
  };
}

function parseJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Progress goes where it is not taken for the result. */
export function say(words) {
  console.error(words);
}

function tellEvent({ type, issuer }) {
  if (type === 'signing_in') say(`Signing in at ${issuer} …`);
  if (type === 'signed_in') say('Signed in.');
  if (type === 'refreshed') say('The access token was renewed.');
}

/** Ends the process with one line for what a person can do something about, and with the stack of anything else. */
export function endWith(error) {
  // An SDK may wrap what its `fetch` threw.
  const errors = [];
  for (let one = error; one instanceof Error; one = one.cause) errors.push(one);
  const known = errors.find((one) => one instanceof OAuthClientError);
  const unreachable = errors.find((one) => one instanceof TypeError && one.message === 'fetch failed');
  if (known !== undefined) console.error(known.message);
  else if (unreachable !== undefined) console.error(`The server cannot be reached${codeOfCause(unreachable)}.`);
  else console.error(error);
  process.exit(1);
}
