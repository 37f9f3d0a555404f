import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from './testing/run-program.js';

const REDIRECT = ['--redirect-uri', 'https://app.example.com/callback'];
const [OURS, THEIRS] = ['https://gate.example.com/search/mcp', 'https://gate.example.com/files/mcp'];
const EXCHANGE = ['--exchange-from', OURS, '--exchange-to', THEIRS];
const urn = (name: string): string => `urn:ietf:params:oauth:grant-type:${name}`;

let dataDir: string;
const clients = (...args: string[]): string[] => ['clients', ...args, '--data-dir', dataDir];
const add = (...args: string[]) => run(clients('add', 'App', '--id', 'app', ...args));

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
});

describe('clients add, for the grants and rules beyond a code', () => {
  it('makes a device that is public, and tells how it comes by a code', async () => {
    const { out } = await add('--grant', 'device_code', '--grant', 'refresh_token');
    expect(out).toContain('method     none');
    expect(out).toMatch(/curl .*client_id=app .*\/device_authorization/);
    expect((await run(clients('show', 'app'))).out).toMatch(/grants +device_code refresh_token/);
    const shown = JSON.parse((await run(clients('show', 'app', '--json'))).out) as Record<string, unknown>;
    expect(shown['grantTypes']).toEqual([urn('device_code'), 'refresh_token']);
  });

  it('makes a server that exchanges tokens, with a secret', async () => {
    const { out } = await add('--grant', 'token-exchange', ...EXCHANGE, '--json');
    expect(JSON.parse(out)).toMatchObject({
      grantTypes: [urn('token-exchange')],
      tokenEndpointAuthMethod: 'client_secret_basic',
      tokenExchange: { subjectResources: [OURS], targetResources: [THEIRS] },
    });
    const { out: shown } = await run(clients('show', 'app'));
    expect(shown).toMatch(new RegExp(`exchanges tokens of +${OURS}`));
    expect(shown).toMatch(new RegExp(`exchanges for +${THEIRS}`));
  });

  it('says what comes next for a service and for a client of an identity provider', async () => {
    const { out: exchanging } = await add('--grant', 'token-exchange', ...EXCHANGE);
    expect(exchanging).toContain(
      `subject_token_type=urn:ietf:params:oauth:token-type:access_token and resource=${THEIRS}`,
    );
    const { out: asserting } = await run(clients('add', 'Assistant', '--id', 'assistant', '--grant', 'jwt-bearer'));
    expect(asserting).toMatch(/puts client_id assistant, aud https:\S+ and resource \S+\/mcp into its assertions/);
  });

  it('gives a client rules of its own, and none that nobody said', async () => {
    const { out } = await add(...REDIRECT, '--require-par', '--dpop', '--consent-required', '--json');
    const rules = { requirePushedAuthorizationRequests: true, dpopBoundAccessTokens: true, consentRequired: true };
    expect(JSON.parse(out)).toMatchObject(rules);
    const { out: shown } = await run(clients('show', 'app'));
    for (const words of ['only pushed (RFC 9126)', 'only bound to a key (RFC 9449)', 'by people here']) {
      expect(shown).toContain(words);
    }
    const { out: plain } = await run(clients('add', 'Plain', ...REDIRECT, '--json'));
    for (const rule of Object.keys(rules)) expect(JSON.parse(plain)).not.toHaveProperty(rule);
  });

  it('says what a client has to do of which more is demanded, and says it of no other', async () => {
    const { out } = await add(...REDIRECT, '--require-par', '--dpop');
    expect(out).toContain('It pushes each sign-in request to https://gate.example.com/par first (RFC 9126)');
    expect(out).toContain('npx portcullis login does so with --push');
    expect(out).toContain('Without a proof it gets no token');
    expect(out).toContain('stands for the address of your gate');
    const { out: device } = await run(clients('add', 'Screen', '--grant', 'device_code', '--dpop'));
    expect(device).toContain('polls https://gate.example.com/token (RFC 8628), each time with a proof:');
    const { out: machine } = await run(clients('add', 'Job', '--grant', 'client_credentials', '--dpop'));
    expect(machine).toMatch(/and a proof in the variable PROOF:\n {2}curl --user \S+ --header "DPoP: \$PROOF" --data/);
    const { out: plain } = await run(clients('add', 'Plain', '--grant', 'client_credentials'));
    expect(plain).not.toMatch(/proof|DPoP|pushes/);
  });

  it('shows the rules of a client of the configuration as well', async () => {
    await add(...REDIRECT);
    const config = join(dataDir, 'portcullis.yaml');
    const client = `{clientId: a, clientName: A, redirectUris: [https://a.test/cb], dpopBoundAccessTokens: true}`;
    writeFileSync(config, `dataDir: .\nclients: [${client}]\n`);
    const { out, err } = await run(['clients', 'show', 'a', '--config', config]);
    expect(err).toBe('');
    expect(out).toContain('only bound to a key (RFC 9449)');
  });

  it.each([
    [['--grant', 'token-exchange'], 'between which resources? Give --exchange-from'],
    [['--grant', 'token-exchange', '--exchange-from', OURS], 'and --exchange-to URL of the one that it calls'],
    [[...REDIRECT, '--exchange-to', THEIRS], 'add --grant token-exchange'],
    [['--grant', 'token-exchange', '--exchange-from', 'here', '--exchange-to', THEIRS], '--exchange-from: must be the'],
    [['--grant', 'token-exchange', ...EXCHANGE, '--public'], '--public: token-exchange is for clients that prove'],
    [['--grant', 'device_code', '--require-par'], '--require-par: is for authorization_code alone'],
    [
      ['--grant', 'device'],
      '--grant: must be one of authorization_code, refresh_token, client_credentials, device_code',
    ],
  ])('F-12 teaches what to change: %j', async (args, words) => {
    const { err, exitCode } = await add(...args);
    expect([exitCode, err]).toEqual([2, expect.stringContaining(words)]);
  });
});
