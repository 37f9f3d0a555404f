import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProgramError } from '../program-error.js';
import { parseConfig, readConfigFile } from './read-config-file.js';

function problemsOf(text: string): string[] {
  try {
    parseConfig('portcullis.yaml', text);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    expect(error.exitCode).toBe(2);
    return error.message.split('\n');
  }
  throw new Error('the configuration was accepted');
}

describe('portcullis.yaml', () => {
  it('fills in every default', () => {
    const { input } = parseConfig('portcullis.yaml', '');
    expect(input).toMatchObject({
      host: '127.0.0.1',
      port: 8808,
      strictTransportSecurity: 31_536_000,
      trustedProxies: [],
      maxConnections: 10_000,
      dynamicRegistration: true,
      lifetimes: { codeSeconds: 60, accessTokenSeconds: 600, refreshIdleSeconds: 2_592_000, clockToleranceSeconds: 30 },
      refreshGraceSeconds: 60,
      rateLimits: { mcpPerMinute: 600, signInPerAccountPerMinute: 10, floodPerMinute: 3000 },
      clientIdMetadataDocuments: { enabled: true, allowedHosts: [], deniedHosts: [], otherHosts: 'allow' },
      rememberConsent: false,
      signing: { algorithm: 'ES256', rotateAfterSeconds: 7_776_000, publishAheadSeconds: 900 },
      revocation: { whenBlind: 'serve' },
      logLevel: 'info',
    });
  });

  it('takes false for the documents of clients', () => {
    const { input } = parseConfig('portcullis.yaml', 'clientIdMetadataDocuments: false');
    expect(input.clientIdMetadataDocuments).toMatchObject({ enabled: false });
  });

  it('F-12 names file, line, column, path and the allowed keys of an unknown key', () => {
    const text = 'port: 9000\nupstreams:\n  - url: http://127.0.0.1:1/mcp\n    header: {}\n';
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^portcullis\.yaml:4:5 upstreams\[0\]: unknown key "header"; allowed: name, .*headers/),
    ]);
  });

  it('F-12 lists all problems in the order of the file, each with its own place', () => {
    const problems = problemsOf('port: 99999\nlogLevel: loud\nrevocation:\n  whenBlind: maybe\nhost: 7\n');
    expect(problems).toEqual([
      'portcullis.yaml:1:1 port: must be at most 65535',
      expect.stringMatching(/^portcullis\.yaml:2:1 logLevel: must be one of fatal, error/),
      'portcullis.yaml:4:3 revocation.whenBlind: must be one of serve, refuse',
      'portcullis.yaml:5:1 host: must be a text, not a number',
    ]);
  });

  it('F-12 says of a text where a list belongs that alone, and of a list where a text belongs', () => {
    const client = 'clientId: a, clientName: A';
    for (const [text, problem] of [
      [
        `clients: [{${client}, redirectUris: https://reports.example.com/cb}]`,
        'clients[0].redirectUris: must be a list, not a text',
      ],
      [`clients: [{${client}, scopes: ""}]`, 'clients[0].scopes: must be a list, not a text'],
      [
        `clients: [{clientId: a, clientName: [], grantTypes: [client_credentials]}]`,
        'clients[0].clientName: must be a text, not a list',
      ],
      ['trustedProxies: 10.0.0.1', 'trustedProxies: must be a list, not a text'],
    ] as const) {
      const problems = problemsOf(text);
      expect(problems).toHaveLength(1);
      expect(problems[0]).toContain(` ${problem}`);
    }
  });

  it.each([
    ['a: [\n', /^portcullis\.yaml:2:1 /],
    ['port: 1\nport: 2\n', /^portcullis\.yaml:2:1 Map keys must be unique/],
    ['- 1\n', /^portcullis\.yaml:1:1 must be a mapping, not a list/],
    ['a: *nope\n', /aliases/],
    ['port: !!js/function "x"\n', /Unresolved tag/],
  ])('refuses the broken text %j', (text, words) => {
    expect(problemsOf(text)[0]).toMatch(words);
  });

  it.each([
    ['publicUrl: http://gate.example.com', 'publicUrl: must be https'],
    ['publicUrl: https://gate.example.com/mcp', 'publicUrl: must be an origin only'],
    ['trustedProxies: [0.0.0.0/0]', 'trustedProxies[0]: trusts every address'],
    ['trustedProxies: ["::/0"]', 'trustedProxies[0]: trusts every address'],
    ['trustedProxies: ["::ffff:0.0.0.0/96"]', 'trustedProxies[0]: trusts every address'],
    ['trustedProxies: [everybody]', 'trustedProxies[0]: must be an address'],
    ['allowedOrigins: ["*"]', 'allowedOrigins[0]: must be an origin'],
    ['allowedOrigins: [https://app.example.com/]', 'allowedOrigins[0]: must be an origin'],
    ['allowedRedirectSchemes: [javascript]', 'must be a private-use scheme'],
    ['lifetimes: {accessTokenSeconds: 86400}', 'lifetimes.accessTokenSeconds: must be at most 3600'],
    ['lifetimes: {sessionIdleSeconds: 600, sessionAbsoluteSeconds: 300}', 'is longer than sessionAbsoluteSeconds'],
    ['port: 0', 'port: must be at least 1'],
    ['maxConnections: 0', 'maxConnections: must be at least 1'],
    ['maxConnectionsPerNetwork: 0', 'maxConnectionsPerNetwork: must be at least 1'],
    ['maxConnectionsPerNetwork: 10001', 'maxConnectionsPerNetwork: is more than maxConnections, which is 10000'],
    ['maxConnections: 4\nmaxConnectionsPerNetwork: 5', ':2:1 maxConnectionsPerNetwork: is more than maxConnections'],
    ['strictTransportSecurity: true', 'strictTransportSecurity: must be a whole number of seconds from 0 to 315360000'],
    ['strictTransportSecurity: -1', 'strictTransportSecurity: must be at least 0'],
    ['tls: {cert: a.pem}', 'tls.key: is required'],
    ['clients: [{clientId: a, clientName: A, redirectUris: [https://a.test/cb], clientSecret: plain}]', '{env: NAME}'],
    ['clientIdMetadataDocuments: {allowedHosts: ["https://a.test"]}', 'allowedHosts[0]: must be a host in lower case'],
    ['clientIdMetadataDocuments: {deniedHosts: ["*"]}', 'deniedHosts[0]: must be a host in lower case'],
    ['clientIdMetadataDocuments: {otherHosts: maybe}', 'otherHosts: must be one of allow, ask, deny'],
    ['clientIdMetadataDocuments: {denyHosts: []}', 'unknown key "denyHosts"; allowed: enabled, allowedHosts'],
    ['clientIdMetadataDocuments: 7', 'clientIdMetadataDocuments: must be a mapping, not a number'],
    ['signing: {algorithm: HS256}', 'signing.algorithm: must be one of ES256, RS256'],
    ['signing: {rotateAfterSeconds: 900}', 'rotateAfterSeconds: is not longer than publishAheadSeconds'],
    ['database: {url: "postgres://gate:canary@db/gate"}', 'database.url: must be {env: NAME} or {file: PATH}'],
    ['clients: [{clientId: a, clientName: " "}]', 'clients[0].clientName: must hold something that can be seen'],
    ['upstreams: [{displayName: " ", command: a}]', 'upstreams[0].displayName: must hold something that can be seen'],
    ['clients: [{clientId: a, clientName: A, grantTypes: [password]}]', 'grantTypes[0]: must be one of'],
    ['clients: [{clientId: a, clientName: A, jwks: {keys: []}}]', 'jwks.keys: must not be empty'],
    [
      'clients: [{clientId: a, clientName: A, jwks: {kty: EC}}]',
      'jwks: is one key and no JWK Set: wrap it in {"keys":[…]}',
    ],
    ['clients: [{clientId: a, clientName: A, jwks: {kty: EC, d: canary}}]', 'jwks: is a private key and no JWK Set'],
    ['clients: [{clientId: a, clientName: A, jwksUri: http://a.test/jwks}]', 'jwksUri: must be an https URL'],
    ['clients: [{clientId: a, clientName: A, scopes: ["a b"]}]', 'scopes[0]: a scope has'],
  ])('F-12 refuses %s', (text, words) => {
    expect(problemsOf(text).join('\n')).toContain(words);
  });

  it('F-12 points into a value that may have several forms', () => {
    const text = 'clientIdMetadataDocuments:\n  otherHosts: ask\n  allowedHosts:\n    - app.example.com\n    - "a/b"\n';
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(/^portcullis\.yaml:5:7 clientIdMetadataDocuments\.allowedHosts\[1\]: must be a host/),
    ]);
  });

  it.each([
    ['{}', 'needs exactly one of url and command'],
    ['{url: http://127.0.0.1/mcp, command: node}', 'needs exactly one of url and command'],
    ['{url: http://127.0.0.1/mcp, args: [a]}', 'belongs to an upstream with a command'],
    ['{command: node, headers: {X-A: b}}', 'belongs to an upstream with a url'],
    ['{url: file:///etc/passwd}', 'must start with http'],
    ['{url: http://user:pw@127.0.0.1/mcp}', 'must not carry'],
    ['{name: token, command: node}', "one of the gate's own paths"],
    ['{name: Files, command: node}', 'a name has 1 to 63'],
    ['{url: http://127.0.0.1/, headers: {Host: evil}}', 'is a header that the gate sets itself'],
    ['{url: http://127.0.0.1/, headers: {"X Y": a}}', 'is not the name of an HTTP header'],
    ['{command: node, env: {A: {env: PORTCULLIS_MASTER_KEY}}}', 'own secrets'],
    ['{command: node, tools: {rm: files:wirte}}', 'scope "files:wirte" is not known here'],
    ['{command: node, defaultScopes: [offline_access]}', 'offline_access'],
    ['{command: node, scopes: [{name: a, description: x}, {name: a, description: y}]}', 'is defined twice'],
    [
      '{command: node, scopes: [{name: a, description: x, implies: [b]}, {name: b, description: y, implies: [a]}]}',
      'scopes: these imply each other in a circle: a, b, a',
    ],
  ])('F-12 refuses the upstream %s', (upstream, words) => {
    expect(problemsOf(`upstreams:\n  - ${upstream}\n`).join('\n')).toContain(words);
  });

  it('wants names when there are several upstreams, each its own', () => {
    const problems = problemsOf('upstreams:\n  - command: a\n  - {name: b, command: b}\n  - {name: b, command: c}\n');
    expect(problems).toEqual([
      'portcullis.yaml:2:5 upstreams[0]: needs a name, since there are several',
      'portcullis.yaml:4:6 upstreams[2].name: "b" is taken already',
    ]);
  });

  it('turns a single scope into a list', () => {
    const upstream = '{name: a, command: a, scopes: [{name: w, description: write}], tools: {t: w}, methods: {m: [w]}}';
    const { input } = parseConfig('portcullis.yaml', `upstreams:\n  - ${upstream}\n`);
    expect(input.upstreams[0]).toMatchObject({ tools: { t: ['w'] }, methods: { m: ['w'] } });
  });

  it('never repeats a value it refuses', () => {
    const text =
      'upstreams:\n  - {url: http://127.0.0.1/, headers: {A: [canary-1]}}\nclients:\n  - {clientSecret: canary-2}\n';
    expect(problemsOf(text).join('\n')).not.toContain('canary');
  });

  it('says that a file is not there, or a directory', () => {
    const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
    expect(() => readConfigFile(join(directory, 'none.yaml'))).toThrow(/it does not exist/);
    expect(() => readConfigFile(directory)).toThrow(/it is a directory/);
  });
});
