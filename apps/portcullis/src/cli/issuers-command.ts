import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { addExamples, type Example } from './examples.js';
import { formatJson } from './format-json.js';
import { formatTable } from './format-table.js';
import type { IssuerView } from './manage-issuers.js';
import { addStoreOptions, STORE_HELP, type StoreOptions } from './store-options.js';
import { withStore } from './with-store.js';

interface IssuerOptions extends StoreOptions {
  readonly json?: boolean;
}

const LIST = { line: 'issuers list --config portcullis.json' };
const DISABLE = { line: 'issuers disable https://idp.example.com', note: 'nothing is accepted of it from now on' };
const ENABLE = { line: 'issuers enable https://idp.example.com' };

const MORE = `An assertion issuer is whom the configuration (assertionIssuers) lets vouch for people or programs: an identity provider, or
a platform of workloads. Which there are stands in the configuration; disable and enable work at once, for every gate on this
store. Access tokens that an identity provider yielded live their time (ten minutes, unless configured otherwise), or until their
user is disabled; those of the workloads of a platform end, with those that a workload gets up to 90 seconds later. Without --config
nothing here knows which are configured: disable takes any text, which has to be that of the configuration character for character,
and the access tokens of workloads live their time where nobody introspects them; disable once more with --config ends them.
${STORE_HELP}`;

/** What the store alone cannot tell. */
const UNKNOWN = 'Which are configured is not known here: give the configuration with --config.';

/** Adds `portcullis issuers …`. */
export function addIssuersCommand(program: Command, terminal: Terminal): void {
  const issuers = program.command('issuers').description('whose assertions are accepted');
  addExamples(issuers, [LIST, DISABLE, ENABLE], MORE);
  const say = (text: string): void => void terminal.stdout.write(`${text}\n`);
  const sayJson = (value: unknown): void => say(formatJson(value));

  issuerCommand(
    issuers,
    'list',
    'list the configured issuers, and those that are switched off; without --config the latter alone',
    [LIST],
  ).action((options: IssuerOptions) =>
    withStore(terminal, options, 'existing', async (store) => {
      const { listIssuers } = await import('./manage-issuers.js');
      const found = await listIssuers(store);
      return options.json === true ? sayJson(found) : say(formatIssuers(found, store.config.isFromFile));
    }),
  );

  issuerCommand(issuers, 'disable <issuer>', 'accept nothing of an issuer from now on', [DISABLE]).action(
    (issuer: string, options: IssuerOptions) =>
      withStore(terminal, options, 'existing', async (store) => {
        const { disableIssuer } = await import('./manage-issuers.js');
        const { outcome, ended } = await disableIssuer(store, issuer);
        if (options.json === true) return sayJson({ issuer, state: 'disabled' });
        const shown = terminalText(issuer);
        if (outcome !== 'disabled') {
          const also = ended.length === 0 ? '' : ` The access tokens of ${ended.join(', ')} have ended now.`;
          return say(`${shown} was switched off already.${also}`);
        }
        const tokens =
          ended.length === 0
            ? 'the access tokens that it yielded live their time'
            : `the access tokens of ${ended.join(', ')} have ended`;
        say(`Switched off ${shown}. Gates accept nothing of it from now on; ${tokens}.`);
      }),
  );

  issuerCommand(issuers, 'enable <issuer>', 'accept the assertions of an issuer again', [ENABLE]).action(
    (issuer: string, options: IssuerOptions) =>
      withStore(terminal, options, 'existing', async (store) => {
        const { enableIssuer } = await import('./manage-issuers.js');
        const outcome = await enableIssuer(store, issuer);
        if (options.json === true) return sayJson({ issuer, state: 'enabled' });
        if (outcome === 'unchanged') return say(`${terminalText(issuer)} was not switched off.`);
        say(`Switched on ${terminalText(issuer)}: what it vouches for is accepted again, where it is configured.`);
      }),
  );
}

function issuerCommand(issuers: Command, usage: string, description: string, examples: readonly Example[]): Command {
  const command = addStoreOptions(issuers.command(usage).description(description)).option('--json', 'as JSON');
  return addExamples(command, examples);
}

function formatIssuers(issuers: readonly IssuerView[], isConfigAtHand: boolean): string {
  if (issuers.length === 0) {
    return isConfigAtHand
      ? 'The configuration has no assertion issuers, and none is switched off in this store.'
      : `No assertion issuer is switched off in this store. ${UNKNOWN}`;
  }
  const rows = issuers.map(({ issuer, kind = isConfigAtHand ? 'not configured' : 'not known', state, disabledAt }) => [
    terminalText(issuer, 200),
    kind,
    state,
    disabledAt ?? '',
  ]);
  const table = formatTable(['ISSUER', 'KIND', 'STATE', 'SINCE'], rows);
  return isConfigAtHand ? table : [table, '', `These are switched off in this store. ${UNKNOWN}`].join('\n');
}
