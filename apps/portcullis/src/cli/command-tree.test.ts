import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import type { Terminal } from '../terminal.js';
import { type Example, examplesOf } from './examples.js';
import { createProgram } from './program.js';
import { run } from './testing/run-program.js';

const TERMINAL = { stdout: { write: () => true }, stderr: { write: () => true }, environment: {} };
const newProgram = (): Command => createProgram(TERMINAL as unknown as Terminal);

/** A command and everything below it. */
const treeOf = (command: Command): readonly Command[] => [command, ...command.commands.flatMap(treeOf)];
const pathOf = (command: Command): string =>
  command.parent === null ? '' : `${pathOf(command.parent)} ${command.name()}`.trim();

/** What a shell makes of a line: words, quotes, and lines that go on. */
function shellWords(line: string): string[] {
  const words = line.replace(/\\\n/g, ' ').match(/(?:"[^"]*"|'[^']*'|[^\s"'])+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, '$1$2'));
}

/** The command that a line leads to, with the same checks as ever and nothing done. */
async function reachedBy({ line }: Example): Promise<string> {
  const program = newProgram();
  let reached = 'nothing';
  for (const command of treeOf(program)) {
    if (command.commands.length > 0) continue;
    command.action(() => {
      reached = pathOf(command);
    });
  }
  await program.parseAsync(['node', 'portcullis', ...shellWords(line)]);
  return reached;
}

const COMMANDS = treeOf(newProgram());
const LEAVES = COMMANDS.filter(({ commands }) => commands.length === 0);
/** The commands of the client. */
const OF_THE_CLIENT = ['login', 'logout', 'status', 'token', 'connect', 'tools', 'call', 'cimd init', 'cimd check'];
/** These act on no gate of ours: the gate itself, the help, the doctor of other people's issuers, and the commands of the
 * client. */
const NO_MANAGEMENT = ['gateway', 'help', 'doctor', ...OF_THE_CLIENT];

describe('the help of every command', () => {
  it('has examples, and the program itself has', () => {
    const without = COMMANDS.filter((command) => examplesOf(command).length === 0);
    expect(without.map(pathOf)).toEqual([]);
    expect(LEAVES.length).toBeGreaterThan(20);
  });

  it.each(COMMANDS.map((command) => [pathOf(command), command] as const))('shows what it has: %s', async (path) => {
    const { out } = await run([...path.split(' ').filter(Boolean), '--help']);
    expect(out).toMatch(/\nExamples:\n {2}\$ /);
  });

  it.each(
    COMMANDS.flatMap((command) => examplesOf(command).map((example) => [example.line, command, example] as const)),
  )('is true: %s', async (_line, command, example) => {
    const reached = await reachedBy(example);
    expect(COMMANDS.filter((other) => other.commands.length === 0).map(pathOf)).toContain(reached);
    expect(`${reached} `.startsWith(`${pathOf(command)} `.trimStart())).toBe(true);
  });

  it('is printed by help, at any depth', async () => {
    for (const path of ['', 'keys', 'keys rotate', 'clients approve']) {
      const words = path.split(' ').filter(Boolean);
      expect(await run(['help', ...words])).toEqual(await run([...words, '--help']));
    }
    expect(await run(['help', 'keys', 'rotat'])).toMatchObject({
      err: "portcullis: unknown command 'rotat'; see --help\n",
      exitCode: 2,
    });
  });
});

const URI = 'https://files.example.com/mcp';
const DOCUMENT = 'https://app.example.com/client.json';
const PASSWORD = 'correct horse battery';

/** One use of each, in an order that works: what it is given besides the path, and what its answer holds. */
const JSON_ANSWERS: readonly [path: string, args: readonly string[], holds: unknown][] = [
  ['migrate', [], { ran: expect.any(Array) }],
  ['users add', ['Alice', '--password-stdin'], { username: 'alice', subject: expect.any(String), disabled: false }],
  ['users list', [], [{ username: 'alice' }]],
  ['users reset-password', ['alice', '--password-stdin'], { username: 'alice', disabled: false }],
  ['users disable', ['alice'], { username: 'alice', disabled: true }],
  ['users enable', ['alice'], { username: 'alice', disabled: false }],
  ['users remove', ['alice'], { username: 'alice', removed: true }],
  ['clients add', ['Job', '--grant', 'client_credentials', '--id', 'job'], { clientId: 'job' }],
  ['clients list', [], [{ clientId: 'job' }]],
  ['clients show', ['job'], { clientId: 'job' }],
  ['clients rotate-secret', ['job'], { clientId: 'job', clientSecret: expect.stringMatching(/^pcs_/) }],
  ['clients remove', ['job'], { clientId: 'job', removed: true }],
  ['clients pending', [], []],
  ['clients approve', [DOCUMENT], { clientId: DOCUMENT, status: 'approved' }],
  ['clients deny', [DOCUMENT], { clientId: DOCUMENT, status: 'denied' }],
  ['clients forget', [DOCUMENT], { clientId: DOCUMENT, forgotten: true }],
  ['resources add', [URI], { resource: URI, secret: expect.stringMatching(/^pcrs_/) }],
  ['resources list', [], [{ resource: URI }]],
  ['resources rotate-secret', [URI], { resource: URI, secret: expect.stringMatching(/^pcrs_/) }],
  ['resources remove', [URI], { resource: URI, removed: true }],
  ['keys list', [], []],
  ['issuers disable', ['https://idp.test'], { issuer: 'https://idp.test', state: 'disabled' }],
  ['issuers list', [], [{ issuer: 'https://idp.test', state: 'disabled' }]],
  ['issuers enable', ['https://idp.test'], { issuer: 'https://idp.test', state: 'enabled' }],
];
/** They need the keys of a gate that ran; keys-command.test.ts has their answers. */
const NEED_A_GATE = ['keys rotate', 'keys retire'];

describe('--json', () => {
  it('is known to every command of management', () => {
    const management = LEAVES.filter((command) => !NO_MANAGEMENT.includes(pathOf(command)));
    const deaf = management.filter(({ options }) => !options.some(({ long }) => long === '--json'));
    expect(deaf.map(pathOf)).toEqual([]);
    expect([...JSON_ANSWERS.map(([path]) => path), ...NEED_A_GATE].sort()).toEqual(management.map(pathOf).sort());
  });

  it('makes each answer one value, with nothing beside it', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-')), 'data');
    for (const [path, args, holds] of JSON_ANSWERS) {
      const command = [...path.split(' '), ...args, '--json', '--data-dir', dataDir];
      const { out, err } = await run(command, { input: PASSWORD });
      expect(err).toBe('');
      expect(JSON.parse(out), path).toMatchObject(holds as object);
    }
  });

  it('says on standard error that nobody can sign in any more', async () => {
    const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-')), 'data');
    const users = (...args: string[]) => run(['users', ...args, '--json', '--data-dir', dataDir], { input: PASSWORD });
    expect((await users('add', 'alice', '--password-stdin')).notes).toMatch(/^There was no gate's store in [^\n]*\n$/);
    expect((await users('disable', 'alice')).notes).toContain('Nobody can sign in now, until');
    expect((await users('remove', 'alice')).notes).toContain('Nobody can sign in now. The next start');
  });
});

describe('an argument that is empty', () => {
  const named = LEAVES.filter(({ registeredArguments: [first] }) => first !== undefined && !first.variadic);
  it.each(named.map((command) => [pathOf(command), command] as const))(
    'is told by its name: %s',
    async (path, { registeredArguments: [, ...others] }) => {
      const rest = others.filter(({ required }) => required).map(() => 'x');
      const { err, exitCode } = await run([...path.split(' '), '', ...rest]);
      expect(err).toMatch(/^portcullis: [A-Z-]+: must not be empty\n$/);
      expect(exitCode).toBe(2);
    },
  );
});

describe('an option that is empty', () => {
  const named = LEAVES.flatMap((command) =>
    command.options.filter(({ required }) => required).map((option) => [command, option] as const),
  );
  it.each(named.map(([command, { long }]) => [pathOf(command), long ?? '', command] as const))(
    'is told by its name: %s %s',
    async (path, flag, { registeredArguments }) => {
      const operands = registeredArguments.filter(({ required }) => required).map(() => 'x');
      const { out, err, exitCode } = await run([...path.split(' '), flag, '', ...operands]);
      expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
      // Where only some values are taken at all, they are told in the words for any other.
      expect(err).toMatch(
        new RegExp(`^portcullis: (?:${flag}: must |option '${flag} [^\\n]* is invalid[.:])[^\\n]*\\n$`),
      );
    },
  );
});
