import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@portcullis/ports/node';
import { grantAccess } from '@portcullis/ports/testing';
import { openSqliteStorage, type SqliteStorage } from '@portcullis/storage/sqlite';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { run } from './testing/run-program.js';

const URI = 'https://files.example.com/mcp';
let dataDir: string;
let storage: SqliteStorage;
const resources = (...args: string[]): string[] => ['resources', ...args, '--data-dir', dataDir];
const stored = () => storage.resourceServers.findByResource('default', URI);

beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
  storage = await openSqliteStorage({ file: join(dataDir, 'portcullis.db') });
});

afterEach(async () => {
  await storage.close();
});

describe('portcullis resources', () => {
  it('registers a resource server with the built-in scopes, and shows its secret once', async () => {
    const { out } = await run(resources('add', URI));
    const secret = /pcrs_[\w-]{43}/.exec(out)?.[0] ?? '';
    const found = await stored();
    expect(found).toMatchObject({
      secretHash: nodePlatform.hash(secret),
      resource: {
        displayName: 'files.example.com',
        scopes: expect.arrayContaining([expect.objectContaining({ name: 'mcp:tools' })]),
        defaultScopes: ['mcp:tools:read', 'mcp:tools:execute', 'mcp:resources:read', 'mcp:prompts:read'],
      },
    });
    expect(out.split(secret)).toHaveLength(2);
    expect(out).toContain(
      `curl --user ${found?.resourceServerId} --data-urlencode token@- https://gate.example.com/introspect`,
    );
    const listed = (await run(resources('list'))).out;
    expect(listed).toContain(URI);
    expect(listed).not.toContain(secret);
    expect(await storage.countEvents('resource_server.added')).toBe(1);
  });

  it('takes scopes with their words, and which of them are granted unasked', async () => {
    const scopes = ['--scope', 'files:read=Read = see your files', '--scope', 'files:write'];
    const { out } = await run(
      resources('add', URI, '--name', 'Files', ...scopes, '--default-scope', 'files:read', '--json'),
    );
    expect(JSON.parse(out)).toMatchObject({
      resource: URI,
      displayName: 'Files',
      scopes: [
        { name: 'files:read', description: 'Read = see your files' },
        { name: 'files:write', description: 'Use files:write' },
      ],
      defaultScopes: ['files:read'],
      secret: expect.stringMatching(/^pcrs_/),
    });
    const [listed] = JSON.parse((await run(resources('list', '--json'))).out) as object[];
    expect(listed).not.toHaveProperty('secret');
    expect(listed).toMatchObject({ resource: URI });
  });

  it('gives a fresh secret, and removes', async () => {
    await run(resources('add', URI));
    const before = await stored();
    const { out } = await run(resources('rotate-secret', URI));
    const renewed = /pcrs_[\w-]{43}/.exec(out)?.[0] ?? '';
    expect(await stored()).toMatchObject({ ...before, secretHash: nodePlatform.hash(renewed) });
    expect((await run(resources('remove', URI))).out).toContain('No token is issued for it any more');
    expect(await stored()).toBeUndefined();
    expect((await run(resources('list'))).out).toContain('No resource server is registered');
    for (const act of ['remove', 'rotate-secret']) {
      expect(await run(resources(act, URI))).toMatchObject({
        exitCode: 1,
        err: `portcullis: ${URI} is not registered; see npx portcullis resources list --data-dir ${dataDir}\n`,
      });
    }
  });

  it('registers a URI once, an origin in one spelling', async () => {
    await run(resources('add', URI));
    expect((await run(resources('add', URI))).err).toContain('is registered already');
    for (const [first, second] of [
      ['https://a.example.com', 'https://a.example.com/'],
      ['https://b.example.com/', 'https://b.example.com'],
    ] as const) {
      await run(resources('add', first));
      const { err, exitCode } = await run(resources('add', second));
      expect(err).toContain(
        `${second} is registered already as ${first}, and both spellings are one resource; for a new`,
      );
      expect(exitCode).toBe(1);
    }
    expect(await storage.resourceServers.list('default')).toHaveLength(3);
    expect(await storage.countEvents('resource_server.added')).toBe(3);
  });

  it('finds an origin in either spelling, and speaks of it in the one that is registered', async () => {
    const registered = 'https://a.example.com';
    const other = `${registered}/`;
    await run(resources('add', registered));
    const renewed = JSON.parse((await run(resources('rotate-secret', other, '--json'))).out) as object;
    expect(renewed).toMatchObject({ resource: registered, secret: expect.stringMatching(/^pcrs_/) });
    expect((await run(resources('rotate-secret', other))).out).toContain(`${registered} has a new secret`);
    const removed = JSON.parse((await run(resources('remove', other, '--json'))).out) as object;
    expect(removed).toEqual({ resource: registered, removed: true });
    expect(await storage.resourceServers.list('default')).toEqual([]);
  });

  describe('of an upstream of the gate, with its configuration', () => {
    const UPSTREAM = 'https://gate.example.com/files/mcp';
    const configured = (...args: string[]): string[] => [...resources(...args), '--config', join(dataDir, 'gate.yaml')];
    const upstream = () => storage.resourceServers.findByResource('default', UPSTREAM);

    beforeEach(() => {
      const scopes = '[{name: files:read, description: Read}, {name: files:write, description: Write}]';
      const files = `{name: files, displayName: Files, url: 'http://127.0.0.1:9/mcp', scopes: ${scopes}}`;
      writeFileSync(join(dataDir, 'gate.yaml'), `publicUrl: https://gate.example.com\nupstreams: [${files}]\n`);
    });

    it('gives credentials alone, and says whose name and scopes hold', async () => {
      const { out } = await run(configured('add', UPSTREAM));
      const secret = /pcrs_[\w-]{43}/.exec(out)?.[0] ?? '';
      expect(await upstream()).toMatchObject({
        secretHash: nodePlatform.hash(secret),
        resource: { displayName: 'Files', defaultScopes: ['files:read', 'files:write'] },
      });
      expect(out).toContain('It is an upstream of this gate');
      expect(out).toContain('those of upstreams[0] in the configuration');
    });

    it.each([[['--scope', 'foo']], [['--default-scope', 'files:read']], [['--name', 'Team']]])(
      'refuses %j, and registers nothing',
      async (args) => {
        const { err, exitCode } = await run(configured('add', UPSTREAM, ...args));
        expect(err).toContain(`${UPSTREAM} is an upstream of this gate: its name and scopes are those of upstreams[0]`);
        expect(exitCode).toBe(2);
        expect(await upstream()).toBeUndefined();
      },
    );

    it('shows the name and the scopes that hold, whatever was registered without the configuration', async () => {
      await run(resources('add', UPSTREAM, '--name', 'Old', '--scope', 'old'));
      const [listed] = JSON.parse((await run(configured('list', '--json'))).out) as object[];
      expect(listed).toMatchObject({ displayName: 'Files', defaultScopes: ['files:read', 'files:write'] });
      expect((await run(configured('rotate-secret', UPSTREAM))).out).toContain('those of upstreams[0]');
    });

    it('takes the credentials away and leaves what was granted; without the configuration that ends', async () => {
      const granted = { tenantId: 'default', resource: UPSTREAM };
      await grantAccess(storage, granted);
      const isRevoked = async () => (await storage.grants.find('default', 'grant-1'))?.revoked;
      await run(configured('add', UPSTREAM));
      const { out } = await run(configured('remove', UPSTREAM));
      expect(out).toContain('is served still, and what was granted for it stays');
      expect(await upstream()).toBeUndefined();
      expect(await isRevoked()).toBe(false);
      await run(configured('add', UPSTREAM));
      await run(resources('remove', UPSTREAM));
      expect(await isRevoked()).toBe(true);
    });

    it('says without the configuration that a gate may go on issuing tokens for it, when it is added and removed', async () => {
      await grantAccess(storage, { tenantId: 'default', resource: UPSTREAM });
      const consents = () => storage.consents.listOfUser('default', 'subject-alice');
      expect(await consents()).toHaveLength(1);
      const added = await run(resources('add', UPSTREAM));
      expect(added.notes).toContain("is not known without the gate's --config");
      expect(added.notes).toContain('ends every grant and stored consent for it');
      const { out } = await run(resources('remove', UPSTREAM));
      expect(out).toContain('Every grant and stored consent for it has ended');
      expect(out).toContain('unless it is an upstream of a gate: that one goes on issuing tokens for it');
      expect(await consents()).toEqual([]);
    });

    it('knows no upstreams by a configuration that lists none', async () => {
      writeFileSync(join(dataDir, 'gate.yaml'), 'publicUrl: https://gate.example.com\n');
      expect((await run(configured('add', UPSTREAM))).notes).toContain('is not known');
      expect((await run(configured('remove', UPSTREAM))).out).toContain('unless it is an upstream of a gate');
    });

    it('lets every other resource have what it is given', async () => {
      const added = await run(configured('add', URI, '--scope', 'foo'));
      expect(added.out).toContain('scopes      foo');
      expect(added.notes).toContain('a client that leaves out `resource` is refused with invalid_target');
      expect((await run(configured('add', `${URI}/2`))).notes).toBe('');
      expect((await run(configured('add', UPSTREAM))).notes).toBe('');
      expect((await run(configured('remove', URI))).out).toMatch(/No token is issued for it any more\.\n$/);
    });
  });

  it.each<[string[], string]>([
    [['files'], 'named by its absolute URL'],
    [['http://files.example.com/mcp'], 'is https, unless'],
    [['HTTPS://Files.example.com/mcp'], 'written as clients send it'],
    [['HTTPS://Files.example.com/mcp'], 'no user; here: https://files.example.com/mcp\n'],
    [['https://user:canary@Files.example.com:443#x'], 'no user; here: https://files.example.com\n'],
    [['https://files.example.com/mcp#x'], 'written as clients send it'],
    [[URI, '--scope', 'a b'], '--scope: a scope has'],
    [[URI, '--scope', '=x'], '--scope: a scope has'],
    [[URI, '--scope', 'a', '--scope', 'a'], 'named twice'],
    [[URI, '--scope', 'a', '--default-scope', 'b'], '--default-scope: b is not among the scopes of the resource: a'],
    [[URI, '--name', ' \u200b '], '--name: must hold something that can be seen'],
    [[URI, '--name', 'N'.repeat(81)], '--name: must have at most 80 characters'],
    [[], "missing required argument 'uri'"],
  ])('F-12 refuses %j and registers nothing', async (args, words) => {
    const { err, exitCode } = await run(resources('add', ...args));
    expect(err).toContain(words);
    expect(exitCode).toBe(2);
    expect(await storage.resourceServers.list('default')).toEqual([]);
  });

  it('warns of a URL that differs from another by a slash or by case alone', async () => {
    expect((await run(resources('add', URI))).notes).not.toContain('is there as well');
    const { notes, exitCode } = await run(resources('add', `${URI}/`));
    expect(exitCode).toBe(0);
    expect(notes).toContain(`${URI} is there as well. The two are two resources`);
    expect(notes).toContain(`take the new one back: npx portcullis resources remove --data-dir ${dataDir} ${URI}/\n`);
    expect((await run(resources('add', 'https://files.example.com/MCP'))).notes).toContain('is there as well');
    expect((await run(resources('add', 'https://files.example.com/mcp2'))).notes).not.toContain('is there as well');
  });

  it('names the clients that keep scopes which nothing has any more', async () => {
    const scopes = ['--scope', 'files:read', '--scope', 'files:write'];
    await run(resources('add', URI, ...scopes));
    await run(resources('add', 'https://mail.example.com/mcp', '--scope', 'files:read'));
    for (const [id, scope] of [
      ['job', 'files:write'],
      ['other', 'files:read'],
    ] as const) {
      const grant = ['--grant', 'client_credentials', '--scope', scope];
      await run(['clients', 'add', 'Job', ...grant, '--scope', 'mcp:tools', '--id', id, '--data-dir', dataDir]);
    }
    const { notes } = await run(resources('remove', URI));
    expect(notes).toBe(
      `Clients keep scopes that nothing that is known here has any more (upstreams are with --config); see npx portcullis clients show --data-dir ${dataDir} ID:\n  job: files:write\n`,
    );
    expect((await run(resources('remove', 'https://mail.example.com/mcp', '--json'))).notes).toContain(
      '  other: files:read\n',
    );
  });

  it('CX-03, ST-04 takes a URI as a URI, and prints no control characters', async () => {
    await run(resources('add', URI));
    for (const uri of ["x' OR '1'='1", '%', 'https://a.test/\u001b[2J']) {
      for (const act of ['remove', 'rotate-secret']) {
        const { err, exitCode } = await run(resources(act, uri));
        expect(exitCode).toBe(1);
        expect(err).toContain('is not registered');
        expect(err).not.toContain('\u001b');
      }
    }
    expect(await stored()).toBeDefined();
  });
});
