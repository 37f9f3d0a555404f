import type { PresetName } from '@portcullis/resource-server';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { addExamples } from '../cli/examples.js';
import type { Terminal } from '../terminal.js';
import type { DoctorOptions } from './run-doctor.js';

const EXAMPLES = [
  { line: 'doctor https://login.example.com/realms/main', note: 'can MCP clients sign in there?' },
  {
    line: 'doctor https://tenant.auth0.com/ --resource https://files.example.com/mcp',
    note: 'and the configuration of your server for it',
  },
  {
    line: 'doctor https://tenant.auth0.com/ --resource https://files.example.com/mcp --token-stdin',
    pipedFrom: 'pbpaste',
    note: 'and whether your server would take this access token',
  },
  { line: 'doctor https://login.example.com/realms/main --json', note: 'for a script' },
];

const MORE = `Asks an identity provider everything that can be asked without an account there: its metadata at every address where
clients look, what it says of PKCE, registration and grants, and its keys. Then it says which of two ways fits, and why:

  direct   your server verifies the tokens of the provider, and MCP clients sign in there
  bridge   your server needs an authorization server of its own in front of it, since MCP clients cannot use the provider

and prints the configuration to paste, and the steps to take at the provider. Nothing is registered or changed there, and no
redirect is followed. Write ISSUER as the provider does, character by character, with or without a slash at its end.

--token-stdin reads one access token from standard input, never from an argument, where the shell's history and the process
list would keep it. It goes nowhere, is not printed, and of what it says of a person only the names of the claims are shown.

Ends with:
  0   direct, perhaps with warnings
  1   the issuer could not be examined, or nobody should rely on it
  2   the command was written wrongly
  3   bridge
  4   direct, but the sample token would be refused
  5   direct, but nothing here could verify the sample token (an opaque one, or no keys)`;

/** The names of all presets: written out, so that the toolkit is only loaded by the command that needs it. */
const PRESET_NAMES = [
  'auth0',
  'authentik',
  'cognito',
  'entra',
  'google',
  'keycloak',
  'logto',
  'okta',
  'ping',
  'portcullis',
  'rfc9068',
  'workos',
  'zitadel',
] as const satisfies readonly PresetName[];

/** Adds `portcullis doctor`. */
export function addDoctorCommand(program: Command, terminal: Terminal): void {
  const doctor = program
    .command('doctor')
    .description('examine an identity provider: does it fit, and how is a server set up for it?')
    .argument('<issuer>', 'the issuer identifier of the provider')
    .allowExcessArguments(false)
    .option('--resource <url>', 'your server, as clients call it')
    .addOption(new Option('--preset <name>', 'the kind of provider (default: recognised)').choices(PRESET_NAMES))
    .option('--token-stdin', 'read one access token from standard input, and judge it')
    .option('--json', 'as JSON')
    .option('--timeout <seconds>', 'longest wait for one answer (default: 10)', parseSeconds)
    .option('--allow-private', 'also ask addresses of private networks, where the provider is in one')
    .action(async (issuer: string, options: DoctorOptions) => {
      const { runDoctor } = await import('./run-doctor.js');
      await runDoctor(issuer, options, terminal);
    });
  addExamples(doctor, EXAMPLES, MORE);
}

function parseSeconds(text: string): number {
  const seconds = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > 300) throw new InvalidArgumentError('a time is a number of seconds from 1 to 300');
  return seconds;
}
