import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it } from 'vitest';
import { PROGRAM, ROOT } from '../support/paths.js';

const NOWHERE = 'http://127.0.0.1:1/mcp';

/** Runs the built program, and tells what it loaded: files of ours from the root, others by the name of their package. */
function loadedBy(args: readonly string[]): { readonly exitCode: number | null; readonly loaded: readonly string[] } {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-start-'));
  const list = join(directory, 'loaded');
  const note = pathToFileURL(join(ROOT, 'test/architecture/note-loaded-modules.mjs')).href;
  const { status } = spawnSync(
    process.execPath,
    ['--import', note, PROGRAM, ...args.map((one) => one.replace('DIRECTORY', directory))],
    { env: { PATH: process.env['PATH'], PORTCULLIS_HOME: directory, LOADED_MODULES: list }, input: '' },
  );
  const urls = readFileSync(list, 'utf8').trim().split('\n');
  return { exitCode: status, loaded: [...new Set(urls.filter((url) => url.startsWith('file:')).map(nameOf))] };
}

function nameOf(url: string): string {
  const packageName = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return packageName ?? url.slice(`${pathToFileURL(ROOT).href}/`.length);
}

/** Whether it belongs to one of these packages or folders. */
const isOf =
  (places: readonly string[]) =>
  (loaded: string): boolean =>
    places.some((place) => loaded === place || loaded.startsWith(`${place}/`));

it.each([
  [['--version'], 0],
  [['gateway', '--help'], 0],
  [['gatewya'], 2],
])('starts with the declarations of its commands and a parser of options, and nothing else: %j', (args, expected) => {
  const { exitCode, loaded } = loadedBy(args);
  expect(exitCode).toBe(expected);
  const others = loaded.filter((one) => !one.startsWith('apps/portcullis/'));
  expect(others.sort()).toEqual([
    'commander',
    'packages/protocol/dist/oauth/scope.js',
    'packages/protocol/dist/result.js',
    'packages/protocol/dist/text/unsafe-characters.js',
  ]);
  const ofTheWork = ['config/schema', 'routing', 'server', 'start'].map((folder) => `apps/portcullis/dist/${folder}`);
  expect(loaded.filter(isOf(ofTheWork))).toEqual([]);
  expect(loaded).toContain('apps/portcullis/dist/cli/users-command.js');
});

const CHECKS_OF_SERVERS = ['zod', 'jose', 'yaml', 'pino', 'lru-cache', 'packages/resource-server', 'packages/web'];
const SERVER = 'packages/authorization-server';

it.each([
  {
    does: 'asks no server where it only looks what is kept',
    args: ['status', NOWHERE],
    exitCode: 1,
    needs: ['packages/client/dist/node/file-store.js'],
    avoids: [...CHECKS_OF_SERVERS, SERVER, 'packages/gateway/dist/index.js', 'packages/storage', 'kysely', 'undici'],
  },
  {
    does: 'bridges without anything of a gate but the cutting of lines',
    args: ['connect', NOWHERE, '--no-sign-in'],
    exitCode: 0,
    needs: ['undici', 'packages/gateway/dist/stdio-lines.js'],
    avoids: [...CHECKS_OF_SERVERS, SERVER, 'packages/gateway/dist/index.js', 'packages/storage', 'kysely'],
  },
  {
    does: 'manages a store without a server, its passwords and a way out',
    args: ['clients', 'add', 'job', '--grant', 'client_credentials', '--data-dir', 'DIRECTORY/data'],
    exitCode: 0,
    needs: ['kysely', 'zod', `${SERVER}/dist/rules.js`],
    avoids: ['jose', 'yaml', 'pino', `${SERVER}/dist/index.js`, '@node-rs/argon2', 'undici', 'packages/client'],
  },
])('$does: $args', ({ args, exitCode: expected, needs, avoids }) => {
  const { exitCode, loaded } = loadedBy(args);
  expect(exitCode).toBe(expected);
  expect(loaded).toEqual(expect.arrayContaining(needs));
  expect(loaded.filter(isOf(avoids))).toEqual([]);
});
