import type { Command } from 'commander';
import { usageError } from '../program-error.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { addExamples, type Example } from './examples.js';
import { formatJson } from './format-json.js';
import { BEHIND_HYPHENS } from './hint-at-operands.js';
import { addStoreOptions, STORE_HELP, type StoreOptions } from './store-options.js';
import { withStore } from './with-store.js';

interface KeyOptions extends StoreOptions {
  readonly json?: boolean;
  readonly atOnce?: boolean;
  readonly replaceMasterKey?: boolean;
}

const LIST = { line: 'keys list' };
const ROTATE = { line: 'keys rotate', note: 'the ordinary way: nobody notices' };
const ROTATE_AT_ONCE = { line: 'keys rotate --at-once', note: 'for a key that leaked; then retire that one' };
const RETIRE = { line: 'keys retire KEY-ID' };

const RETIRE_MORE = `keys list has the ids; ${BEHIND_HYPHENS}: keys retire -- -KEY-ID`;

const MORE = `Keys sign access tokens. The gate rotates them by itself (signing.rotateAfterSeconds, 90 days): a new key is published,
signs once everybody has had the time to fetch it, and the one before it stays good until the last token that it signed
has expired. Gates that run follow within half a minute.

rotate makes a private key, so it needs the gate's master key: master.key in the data directory, PORTCULLIS_MASTER_KEY or
PORTCULLIS_MASTER_KEY_FILE. With another one it refuses, at once or not, since no gate could use that key. When the master
key itself is lost or leaked: stop the gates, set a new one, rotate --at-once --replace-master-key, and start the gates with it.
Without --config a new key has the algorithm of the last one. A KEY-ID may begin with -: ${BEHIND_HYPHENS}.
${STORE_HELP}`;

const NOTHING_TO_REPLACE =
  'The master key did not have to be replaced: the key before opens with it. It was an ordinary rotation at once.';

/** Adds `portcullis keys …`. */
export function addKeysCommand(program: Command, terminal: Terminal): void {
  const keys = program.command('keys').description('the keys that sign access tokens');
  addExamples(keys, [LIST, ROTATE, ROTATE_AT_ONCE, RETIRE], MORE);
  const say = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const sayJson = (value: unknown): void => say(formatJson(value));

  keyCommand(keys, 'list', 'list keys and what each does', [LIST]).action((options: KeyOptions) =>
    withStore(terminal, options, 'existing', async (store) => {
      const { listKeys } = await import('./manage-keys.js');
      const found = await listKeys(store);
      if (options.json === true) return sayJson(found.keys);
      const { formatKeys } = await import('./format-keys.js');
      say(formatKeys(found));
    }),
  );

  keyCommand(keys, 'rotate', 'give the last key a successor', [ROTATE, ROTATE_AT_ONCE])
    .option('--at-once', 'it signs now, before others have fetched it: for a key that leaked')
    .option('--replace-master-key', 'with --at-once: every gate needs the master key given here from now on')
    .action((options: KeyOptions) => {
      const { atOnce = false, replaceMasterKey = false } = options;
      if (replaceMasterKey && !atOnce) throw usageError('--replace-master-key goes with --at-once');
      return withStore(terminal, options, 'existing', async (store) => {
        const { rotateKeys } = await import('./manage-keys.js');
        const rotation = await rotateKeys(store, terminal.environment, { atOnce, replaceMasterKey });
        if (replaceMasterKey && !rotation.replacedMasterKey) terminal.stderr.write(`${NOTHING_TO_REPLACE}\n`);
        if (options.json === true) return sayJson(rotation);
        const { formatRotation } = await import('./format-keys.js');
        say(formatRotation(rotation, atOnce, store.suggest));
      });
    });

  keyCommand(keys, 'retire <key-id>', 'end a key now, and every access token it signed', [RETIRE], RETIRE_MORE).action(
    (keyId: string, options: KeyOptions) =>
      withStore(terminal, options, 'existing', async (store) => {
        const { retireKey } = await import('./manage-keys.js');
        await retireKey(store, keyId);
        if (options.json === true) return sayJson({ keyId, retired: true });
        say(formatRetirement(keyId));
      }),
  );
}

function keyCommand(
  keys: Command,
  usage: string,
  description: string,
  examples: readonly Example[],
  more?: string,
): Command {
  const command = addStoreOptions(keys.command(usage).description(description)).option('--json', 'as JSON');
  return addExamples(command, examples, more);
}

function formatRetirement(keyId: string): string {
  return [
    `Retired ${terminalText(keyId)}. It has left the JWK Set, and gates refuse every access token it signed within a`,
    'second or two; clients get others with their refresh tokens, and nobody has to sign in again. Servers elsewhere that',
    'verify by /jwks alone refuse them once they have fetched it again.',
  ].join('\n');
}
