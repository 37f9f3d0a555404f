import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from './json-schema.js';
import { parseConfig } from './read-config-file.js';
import { type ConfigFlags, findFurtherProblems, resolveConfig } from './resolve-config.js';

const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
const secret = 'correct-horse-battery-staple-0123456789';

function resolveText(text: string, flags: ConfigFlags = {}, environment: Record<string, string> = {}) {
  const file = parseConfig(join(directory, 'portcullis.yaml'), text);
  return resolveConfig(file, flags, { workingDirectory: '/somewhere', environment });
}

const upstream = { command: 'node', args: ['server.js'] };

describe('the configuration as a whole', () => {
  it('needs no file', () => {
    const config = resolveConfig(undefined, { upstream }, { workingDirectory: '/srv/gate', environment: {} });
    expect(config).toMatchObject({
      publicUrl: 'http://127.0.0.1:8808',
      dataDir: '/srv/gate/.portcullis',
      tls: undefined,
    });
    expect(config.upstreams).toEqual([
      {
        kind: 'stdio',
        name: undefined,
        path: '/mcp',
        resource: 'http://127.0.0.1:8808/mcp',
        displayName: 'MCP server server.js',
        description: undefined,
        command: 'node',
        args: ['server.js'],
        env: {},
        cwd: undefined,
        policy: { scopes: [], methods: {}, tools: {}, defaultScopes: undefined },
        dpop: { required: false, requireNonce: false },
      },
    ]);
  });

  it.each([
    ['[{command: a}]', 'MCP server at gate.example'],
    ['[{command: a, name: files}]', 'files'],
    ['[{command: a, name: files, displayName: Team files}]', 'Team files'],
  ])('shows people %s as %s', (upstreams, shown) => {
    const config = resolveText(`upstreams: ${upstreams}`, { publicUrl: 'https://gate.example' });
    expect(config.upstreams[0]?.displayName).toBe(shown);
  });

  it('hands on what a gate holds of connections and browsers', () => {
    const text =
      'maxConnections: 40\nmaxConnectionsPerNetwork: 40\nstrictTransportSecurity: false\nupstreams: [{command: a}]\n';
    const held = { maxConnections: 40, maxConnectionsPerNetwork: 40, strictTransportSecurity: false };
    expect(resolveText(text)).toMatchObject(held);
  });

  it('lets flags win over the file', () => {
    const text = 'port: 9000\nhost: 0.0.0.0\npublicUrl: https://a.example\ndataDir: data\nupstreams: [{command: a}]\n';
    const fromFile = resolveText(text);
    expect(fromFile).toMatchObject({ port: 9000, publicUrl: 'https://a.example', dataDir: join(directory, 'data') });
    const flags = { port: 1234, host: '127.0.0.1', publicUrl: 'https://b.example/', dataDir: 'here' };
    expect(resolveText(text, flags)).toMatchObject({
      port: 1234,
      host: '127.0.0.1',
      publicUrl: 'https://b.example',
      dataDir: '/somewhere/here',
    });
  });

  it('keeps the data beside the working directory unless the file says where', () => {
    expect(resolveText('upstreams: [{command: a}]').dataDir).toBe('/somewhere/.portcullis');
    const written = resolveText('dataDir: .portcullis\nupstreams: [{command: a}]');
    expect(written.dataDir).toBe(join(directory, '.portcullis'));
  });

  it('names no default for the file that would be another place when it is written down', () => {
    const { properties } = JSON.parse(configJsonSchema()) as { properties: { dataDir: object } };
    expect(properties.dataDir).not.toHaveProperty('default');
    expect(properties.dataDir).toMatchObject({ description: expect.stringContaining('the gate is started in') });
  });

  it('gives each named upstream its own path and resource', () => {
    const text = 'upstreams:\n  - {name: files, command: a, cwd: sub}\n  - {name: mail, url: http://127.0.0.1:1/mcp}\n';
    const { upstreams } = resolveText(text, { publicUrl: 'https://gate.example' });
    expect(upstreams.map(({ path, resource }) => [path, resource])).toEqual([
      ['/files/mcp', 'https://gate.example/files/mcp'],
      ['/mail/mcp', 'https://gate.example/mail/mcp'],
    ]);
    expect(upstreams[0]).toMatchObject({ cwd: join(directory, 'sub') });
  });

  it('looks up values by environment variable and by file', () => {
    writeFileSync(join(directory, 'key.txt'), 'from-file\n');
    const text =
      'upstreams: [{url: http://127.0.0.1/, headers: {A: plain, B: {env: UPSTREAM_KEY}, C: {file: key.txt}}}]';
    const { upstreams } = resolveText(text, {}, { UPSTREAM_KEY: 'from-env' });
    expect(upstreams[0]).toMatchObject({ headers: { A: 'plain', B: 'from-env', C: 'from-file' } });
  });

  it.each([
    ['headers: {A: {env: NOT_THERE}}', 'upstreams[0].headers.A: the environment variable NOT_THERE is not set'],
    ['headers: {A: {file: not-there.txt}}', 'not-there.txt cannot be read'],
    ['headers: {A: "x\\r\\nY: z"}', 'upstreams[0].headers.A: is not a header value'],
  ])('F-12 names the place of what cannot be looked up: %s', (line, words) => {
    const text = `upstreams:\n  - url: http://127.0.0.1/\n    ${line}\n`;
    expect(() => resolveText(text)).toThrow(words);
    expect(() => resolveText(text)).toThrow('portcullis.yaml:3:15');
  });

  it.each(['tiny-canary', 'changemechangemechangemechangeme', 'x'.repeat(40)])(
    'F-12 refuses the client secret %s',
    (weak) => {
      const client = '{clientId: a, clientName: A, redirectUris: [https://a.test/cb], clientSecret: {env: SECRET}}';
      const text = `upstreams: [{command: a}]\nclients:\n  - ${client}\n`;
      let message = '';
      try {
        resolveText(text, {}, { SECRET: weak });
      } catch (error) {
        message = String(error);
      }
      expect(message).toMatch(/clients\[0\]\.clientSecret: (is shorter than|looks like a placeholder)/);
      expect(message).not.toContain(weak);
    },
  );

  it('hands on the hash of a client secret, never the secret', () => {
    const client = '{clientId: a, clientName: A, redirectUris: [https://a.test/cb], clientSecret: {env: SECRET}}';
    const config = resolveText(`upstreams: [{command: a}]\nclients: [${client}]`, {}, { SECRET: secret });
    expect(config.clients[0]).toMatchObject({ tokenEndpointAuthMethod: 'client_secret_basic', applicationType: 'web' });
    expect(config.clients[0]?.clientSecretHash).toMatch(/^[\w-]{43}$/);
    expect(JSON.stringify(config)).not.toContain(secret);
  });

  it('takes machine clients and clients that prove themselves by a key', () => {
    const jwks = JSON.stringify({ keys: [{ kty: 'EC', crv: 'P-256', x: 'w'.repeat(43), y: 'g'.repeat(43) }] });
    writeFileSync(join(directory, 'jwks.json'), jwks);
    const text = `upstreams: [{command: a}]
clients:
  - {clientId: m, clientName: M, grantTypes: [client_credentials], scopes: [a], clientSecret: {env: SECRET}}
  - {clientId: k, clientName: K, grantTypes: [client_credentials], jwks: {file: jwks.json}}
  - {clientId: u, clientName: U, redirectUris: [https://u.test/cb], jwksUri: https://u.test/jwks}
`;
    const { clients } = resolveText(text, {}, { SECRET: secret });
    expect(clients).toMatchObject([
      { clientId: 'm', redirectUris: [], tokenEndpointAuthMethod: 'client_secret_basic', scopes: ['a'] },
      { clientId: 'k', tokenEndpointAuthMethod: 'private_key_jwt', jwks },
      { clientId: 'u', tokenEndpointAuthMethod: 'private_key_jwt', jwksUri: 'https://u.test/jwks' },
    ]);
  });

  it.each([
    ['redirectUris: [http://a.test/cb]', 'clients[0].redirectUris[0]: must be https, unless its host'],
    ['redirectUris: ["javascript:alert(1)"]', 'redirectUris[0]: has a scheme that no application can own'],
    ['redirectUris: ["com.a:/cb"]', 'redirectUris[0]: has a scheme that allowedRedirectSchemes does not list'],
    ['redirectUris: ["https://a.test/#f"]', 'redirectUris[0]: must not have a fragment'],
    ['redirectUris: [https://a.test/cb], clientId: https://a.test/c', 'clientId: must not be a URL'],
    ['redirectUris: [https://a.test/cb], tokenEndpointAuthMethod: client_secret_post', 'clientSecret: is missing'],
    [
      'redirectUris: [https://a.test/cb], tokenEndpointAuthMethod: none, jwksUri: https://a.test/j',
      'jwksUri: is not used',
    ],
    ['grantTypes: [client_credentials]', 'tokenEndpointAuthMethod: is none'],
    ['grantTypes: [client_credentials], jwks: {file: not-there}', 'not-there cannot be read'],
    ['grantTypes: [client_credentials], jwks: {keys: [{kty: oct, k: canary}]}', 'jwks: has private or symmetric keys'],
    ['clientSecret: {env: NOT_THERE}', 'clientSecret: the environment variable NOT_THERE is not set'],
    ['grantTypes: [authorization_code]', 'redirectUris: needed where authorization_code is granted'],
  ])('F-12 names the place of a client that cannot be: %s', (members, words) => {
    const id = members.includes('clientId') ? '' : 'clientId: a, ';
    const text = `upstreams: [{command: a}]\nclients:\n  - {${id}clientName: A, ${members}}\n`;
    expect(() => resolveText(text)).toThrow(words);
    expect(() => resolveText(text)).toThrow('portcullis.yaml:3:');
  });

  it('finds the database', () => {
    const environment = { DATABASE_URL: 'postgres://gate:pw@db/gate' };
    expect(resolveText('upstreams: [{command: a}]', {}, environment).database).toMatchObject({
      migrationUrl: undefined,
    });
    expect(resolveText('upstreams: [{command: a}]').database).toBeUndefined();
    const text = 'upstreams: [{command: a}]\ndatabase: {url: {env: NOT_THERE}}';
    expect(() => resolveText(text)).toThrow(/:2:12 database\.url: the environment variable NOT_THERE is not set/);
  });

  it.each<[string, ConfigFlags, string]>([
    ['host: 0.0.0.0\nupstreams: [{command: a}]', {}, '--public-url https://gate.example.com'],
    ['upstreams: [{command: a}]', { host: '::' }, 'opens the gate beyond this machine'],
    ['upstreams: [{command: a}]', { publicUrl: 'http://gate.example.com' }, '--public-url must be https'],
    ['', {}, 'nothing to stand in front of'],
    ['upstreams: [{command: a}]', { upstream }, 'name them in one place'],
  ])('stops at start: %j with %j', (text, flags, words) => {
    expect(() => resolveText(text, flags)).toThrow(words);
  });

  it('speaks https on loopback when TLS ends in the gate', () => {
    const config = resolveText('upstreams: [{command: a}]\ntls: {cert: c.pem, key: k.pem}');
    expect(config.publicUrl).toBe('https://127.0.0.1:8808');
    expect(config.tls).toEqual({ certFile: join(directory, 'c.pem'), keyFile: join(directory, 'k.pem') });
  });

  describe('F-12 says all that is wrong at once, in the order of the file', () => {
    const surroundings = { workingDirectory: '/somewhere', environment: {} };
    const linesOf = (text: string): string[] => {
      try {
        const file = parseConfig('gate.yaml', text, (salvaged) =>
          findFurtherProblems(salvaged, 'gate.yaml', surroundings),
        );
        resolveConfig(file, {}, surroundings);
      } catch (error) {
        return (error as Error).message.split('\n').map((line) => line.replace(/^gate\.yaml:/, ''));
      }
      throw new Error('the configuration was accepted');
    };
    const text = `port: x
upstreams:
  - {url: http://127.0.0.1:1/mcp, headers: {x-key: {env: NOT_THERE}}}
  - {name: files, url: http://127.0.0.1:2/mcp}
clients:
  - {clientId: a, clientName: A, redirectUris: [https://a.test/cb], clientSecret: canary-plain}
  - {clientId: a, clientName: A, redirectUris: [http://a.test/cb], clientSecret: {file: nowhere}}
  - {clientId: c, clientName: 7}
`;

    it('what the schema finds, names, references, and the rules for clients', () => {
      expect(linesOf(text)).toEqual([
        '1:1 port: must be a number, not a text',
        '3:5 upstreams[0]: needs a name, since there are several',
        expect.stringMatching(/^3:\d+ upstreams\[0\]\.headers\.x-key: the environment variable NOT_THERE is not set$/),
        expect.stringMatching(/^6:\d+ clients\[0\]\.clientSecret: must be \{env: NAME\}/),
        expect.stringMatching(/^7:\d+ clients\[1\]\.clientId: "a" is taken already$/),
        expect.stringMatching(/^7:\d+ clients\[1\]\.redirectUris\[0\]: must be https/),
        expect.stringMatching(/^7:\d+ clients\[1\]\.clientSecret: .*nowhere cannot be read/),
        expect.stringMatching(/^8:\d+ clients\[2\]\.clientName: must be a text/),
      ]);
      expect(linesOf(text).join()).not.toContain('canary');
    });

    it('where the schema is content as well', () => {
      const right = text
        .replace('port: x', 'port: 1')
        .replace('canary-plain', '{env: NOT_THERE}')
        .replace(': 7}', ': C}');
      expect(linesOf(right).map((line) => line.slice(0, 1))).toEqual(['3', '3', '6', '7', '7', '7', '8']);
      const single = right.replace(/ {2}- \{name.*\n/, '').replace('clientId: a,', 'clientId: b,');
      expect(linesOf(single).map((line) => line.slice(0, 1))).toEqual(['3', '5', '6', '6', '7']);
    });

    it('and nothing that is wrong only because something else is', () => {
      const schemes = 'allowedRedirectSchemes: [javascript]\nupstreams: [{command: a}]\n';
      const client = 'clients: [{clientId: a, clientName: A, redirectUris: ["com.example.app:/cb"]}]\n';
      expect(linesOf(schemes + client)).toEqual([expect.stringMatching(/^1:\d+ allowedRedirectSchemes\[0\]/)]);
      const secret =
        'clients: [{clientId: a, clientName: A, redirectUris: ["https://a.test/"], clientSecret: {env: NONE}}]';
      expect(linesOf(`upstreams: [{command: a}]\n${secret}`)).toHaveLength(1);
    });
  });
});
