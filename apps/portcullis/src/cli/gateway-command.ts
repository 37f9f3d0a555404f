import { type Command, InvalidArgumentError } from 'commander';
import { tellOpenSecretFiles } from '../config/open-secret-files.js';
import type { ConfigFile } from '../config/read-config-file.js';
import type { ConfigEnvironment } from '../config/resolve-config.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { addExamples } from './examples.js';
import type { GatewayOptions } from './gateway-flags.js';

const EXAMPLES = [
  { line: 'gateway --upstream http://127.0.0.1:3001/mcp', note: 'in front of a Streamable HTTP server' },
  { line: 'gateway -- node server.js --flag', note: 'in front of a stdio server' },
  { line: 'gateway --config portcullis.yaml', note: 'several servers, rules, clients' },
  {
    line: 'gateway --host 0.0.0.0 --public-url https://gate.example.com --upstream http://mcp:3001/mcp',
    note: 'behind a proxy that ends TLS',
  },
];

const MORE = `The first start makes a signing key and a user with a generated password. Keys and the database live in the data
directory; the next start uses what is there. Ctrl+C (or SIGTERM) lets calls finish and stops.

Environment:
  PORTCULLIS_MASTER_KEY   32 random bytes in base64url, instead of the file master.key in the data directory
  DATABASE_URL            postgres://USER:PASSWORD@HOST:PORT/NAME, instead of SQLite in the data directory
  DATABASE_MIGRATION_URL  the same database with the login that may change the schema
                          (each of these also as …_FILE, the name of a file that holds it)
  PORTCULLIS_DEBUG=1      show the stack of an error
  NO_COLOR                no colour`;

/** Adds `portcullis gateway`. */
export function addGatewayCommand(program: Command, terminal: Terminal): void {
  const gateway = program
    .command('gateway')
    .description('stand in front of an MCP server: sign-in, consent, tokens, and every request checked')
    .argument('[command...]', 'a stdio server to start, after --')
    .option('--upstream <url>', 'a Streamable HTTP server')
    .option('--name <name>', 'put the upstream at /NAME/mcp (default: /mcp)')
    .option('--config <file>', 'configuration file (YAML); options here win over it')
    .option('--public-url <url>', 'origin at which clients reach the gate (default: http://127.0.0.1:8808)')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <port>', 'port to listen on (default: 8808)', parsePort)
    .option(
      '--data-dir <dir>',
      "where keys and the database live (default: the configuration's, else .portcullis here)",
    )
    .option('--tls-cert <file>', 'certificate chain (PEM), to end TLS here')
    .option('--tls-key <file>', 'private key (PEM)')
    .action(async (command: string[], options: GatewayOptions) => {
      const { readGatewayFlags } = await import('./gateway-flags.js');
      const flags = readGatewayFlags(options, command);
      const [{ resolveConfig }, { configSecretFiles }] = await Promise.all([
        import('../config/resolve-config.js'),
        import('../config/config-secret-files.js'),
      ]);
      const workingDirectory = process.cwd();
      const surroundings = { workingDirectory, environment: terminal.environment };
      const { config: path } = options;
      const file = path === undefined ? undefined : await readConfig(path, surroundings);
      const config = resolveConfig(file, flags, surroundings);
      for (const sentence of tellOpenSecretFiles(configSecretFiles(file, flags, workingDirectory))) {
        terminal.stderr.write(`${terminalText(sentence, 1000)}\n`);
      }
      const { runGateway } = await import('../start/run-gateway.js');
      await runGateway(config, terminal, { config: path, dataDir: options.dataDir }, file);
    });
  addExamples(gateway, EXAMPLES, MORE);
}

async function readConfig(path: string, surroundings: ConfigEnvironment): Promise<ConfigFile> {
  const [{ readConfigFile }, { findFurtherProblems }] = await Promise.all([
    import('../config/read-config-file.js'),
    import('../config/resolve-config.js'),
  ]);
  return readConfigFile(path, (salvaged) => findFurtherProblems(salvaged, path, surroundings));
}

function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65_535) throw new InvalidArgumentError('a port is a number from 1 to 65535');
  return port;
}
