import { expect, it } from 'vitest';
import { configSecretFiles } from './config-secret-files.js';
import { parseConfig } from './read-config-file.js';

const CONFIG = `
database: {url: {file: url}, migrationUrl: {file: /run/migration-url}}
tls: {cert: cert.pem, key: key.pem}
upstreams:
  - {name: a, url: 'http://127.0.0.1:9/mcp', headers: {authorization: {file: header}, file: plain, x: {env: X}}}
  - {name: b, command: x, env: {TOKEN: {file: token}, file: plain}}
clients:
  - clientId: machine
    clientName: Machine
    grantTypes: [client_credentials]
    clientSecret: {file: ../secret}
    scopes: [mcp:tools]
  - clientId: keyed
    clientName: Keyed
    grantTypes: [client_credentials]
    jwks: {file: public.json}
    scopes: [mcp:tools]
`;

it('names every file of a secret by its place in the configuration, and no file of anything else', () => {
  expect(configSecretFiles(parseConfig('conf/gate.yaml', CONFIG), {}, '/work')).toEqual([
    { name: 'database.url', path: '/work/conf/url' },
    { name: 'database.migrationUrl', path: '/run/migration-url' },
    { name: 'upstreams[0].headers.authorization', path: '/work/conf/header' },
    { name: 'upstreams[1].env.TOKEN', path: '/work/conf/token' },
    { name: 'clients[0].clientSecret', path: '/work/secret' },
    { name: 'tls.key', path: '/work/conf/key.pem' },
  ]);
});

it('takes the key of TLS from the command line where it is given there', () => {
  const flags = { tls: { cert: 'cert.pem', key: 'other.pem' } };
  const named = { name: '--tls-key', path: '/work/other.pem' };
  expect(configSecretFiles(undefined, flags, '/work')).toEqual([named]);
  expect(configSecretFiles(parseConfig('conf/gate.yaml', CONFIG), flags, '/work').at(-1)).toEqual(named);
  expect(configSecretFiles(undefined, {}, '/work')).toEqual([]);
});
