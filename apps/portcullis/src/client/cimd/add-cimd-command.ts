import type { Command } from 'commander';
import { collect } from '../../cli/collect.js';
import { addExamples } from '../../cli/examples.js';
import type { Terminal } from '../../terminal.js';
import type { CheckOptions } from './check-document.js';
import type { InitOptions } from './init-document.js';

const INIT_EXAMPLES = [
  { line: 'cimd init https://app.example.com/client.json --name "Example"', note: 'on standard output' },
  { line: 'cimd init https://app.example.com/client.json --name "Example" --output public/client.json' },
  {
    line:
      'cimd init https://app.example.com/client.json --name "Example" \\\n' +
      '      --redirect-uri https://app.example.com/callback --key-file key.pem',
    note: 'a web application that signs with a key',
  },
];

const INIT_MORE = `The URL is the client's id: https, with a path, and yours for as long as the client is. Whoever controls what is served there
is the client. Without --redirect-uri the document is that of a program on people's computers, which a browser comes back to
on whatever port is free; without keys, that of a public client. A key file (PEM, JWK or JWK Set) may be the private key:
its public half alone is written.`;

const CHECK_EXAMPLES = [
  { line: 'cimd check https://app.example.com/client.json', note: 'as an authorization server fetches it' },
  { line: 'cimd check public/client.json --url https://app.example.com/client.json', note: 'before it is served' },
  { line: 'cimd check https://app.example.com/client.json --json' },
];

const CHECK_MORE = `Errors are what an authorization server refuses the document for, or leaves out of it; advice is what some of them do. Each
names its rule and where that stands. Ends with 1 where there is an error. A URL of this computer is fetched too, over http
as well; a certificate that only you trust is named by the variable NODE_EXTRA_CA_CERTS.`;

const MORE = `A client may name itself by the URL of a document that describes it, in place of being registered (Client ID Metadata
Documents). Servers that take such clients say client_id_metadata_document_supported in their metadata.`;

/** Adds `portcullis cimd …`. */
export function addCimdCommand(program: Command, terminal: Terminal): void {
  const cimd = program.command('cimd').description('write and check the metadata document of a client (CIMD)');
  addExamples(cimd, [...INIT_EXAMPLES.slice(1, 2), ...CHECK_EXAMPLES.slice(0, 2)], MORE);

  const init = cimd
    .command('init')
    .description('write the metadata document of a client')
    .argument('<url>', 'where it will be served: the client id')
    .allowExcessArguments(false)
    .option('--name <text>', 'what people are asked to trust (default: the host)')
    .option(
      '--redirect-uri <uri>',
      'where people are sent back to (repeatable; default: /callback of this computer, on any port)',
      collect,
    )
    .option('--client-uri <url>', 'a page about the client')
    .option('--logo-uri <url>', 'its logo')
    .option('--scope <name>', 'a scope that it asks for (repeatable)', collect)
    .option('--jwks-uri <url>', 'it signs with the keys at this address (private_key_jwt)')
    .option('--key-file <file>', 'it signs with the key in this file, whose public half is written (private_key_jwt)')
    .option('--output <file>', 'write the document here (default: standard output)')
    .option('--force', 'replace that file where it is there')
    .option('--json', 'the document, where it went and what to mind, as JSON')
    .action(async (url: string, options: InitOptions) => {
      const { initDocument } = await import('./init-document.js');
      initDocument(url, options, terminal);
    });
  addExamples(init, INIT_EXAMPLES, INIT_MORE);

  const check = cimd
    .command('check')
    .description('check one: what is wrong with it, and what could be better')
    .argument('<url-or-file>', 'where it is served, or the file that will be')
    .allowExcessArguments(false)
    .option('--url <url>', 'the URL that it will be served at')
    .option('--json', 'as JSON')
    .action(async (source: string, options: CheckOptions) => {
      const { checkDocument } = await import('./check-document.js');
      await checkDocument(source, options, terminal);
    });
  addExamples(check, CHECK_EXAMPLES, CHECK_MORE);
}
