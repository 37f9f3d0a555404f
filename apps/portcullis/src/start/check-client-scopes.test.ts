import { expect, it } from 'vitest';
import { parseConfig } from '../config/read-config-file.js';
import { resolveConfig } from '../config/resolve-config.js';
import { checkClientScopes } from './check-client-scopes.js';

const CLIENT = '  - {clientId: a, clientName: A, redirectUris: [https://a.example/cb], scopes: ';

/** Checks a configuration whose clients, on lines 4 and 5, are to have these scopes. */
function check(scopes: readonly string[], registered: readonly string[] = []): void {
  const clients = scopes.map((list, index) => `${CLIENT.replace('clientId: a', `clientId: a${index}`)}[${list}]}\n`);
  const upstream = 'upstreams:\n  - {url: http://127.0.0.1:1/mcp, scopes: [{name: files, description: Files}]}\n';
  const file = parseConfig('/srv/gate.yaml', `${upstream}clients:\n${clients.join('')}`);
  const config = resolveConfig(file, {}, { workingDirectory: '/', environment: {} });
  const resources = registered.map((name) => ({
    resource: {
      identifier: `https://${name}.example`,
      displayName: name,
      scopes: [{ name, description: name }],
      defaultScopes: [name],
    },
  }));
  checkClientScopes(config, resources, file);
}

it('takes scopes of upstreams and of registered resource servers', () => {
  check(['files', 'mail'], ['mail']);
});

it('F-12 names line and column of each scope that nothing has', () => {
  expect(() => check(['files, flies', 'mail, films'], ['mail'])).toThrow(
    /^\/srv\/gate\.yaml:4:\d+ clients\[0\]\.scopes\[1\]: no upstream .* has this scope; there are files mail\n\/srv\/gate\.yaml:5:\d+ clients\[1\]\.scopes\[1\]: /,
  );
  expect(() => check(['mail'])).toThrow('there are files');
});
