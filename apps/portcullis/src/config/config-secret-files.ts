import { dirname, resolve } from 'node:path';
import { formatPath } from './config-problem.js';
import type { SecretFile } from './open-secret-files.js';
import type { ConfigFile } from './read-config-file.js';
import type { ConfigFlags } from './resolve-config.js';
import type { ValueOrReference } from './schema/building-blocks.js';
import type { ConfigInput } from './schema/config-schema.js';

type Place = readonly [path: readonly (string | number)[], value: ValueOrReference | undefined];

/**
 * The files of secrets that a gate's configuration and command line name, whether or not the environment has something in
 * place of one. The key sets of clients are not among them: they are public.
 */
export function configSecretFiles(
  file: ConfigFile | undefined,
  flags: Pick<ConfigFlags, 'tls'>,
  workingDirectory: string,
): readonly SecretFile[] {
  const ofFlags = flags.tls && { name: '--tls-key', path: resolve(workingDirectory, flags.tls.key) };
  if (file === undefined) return ofFlags === undefined ? [] : [ofFlags];
  const baseDirectory = dirname(resolve(workingDirectory, file.file));
  const { tls } = file.input;
  const ofFile = tls && { name: formatPath(['tls', 'key']), path: resolve(baseDirectory, tls.key) };
  const keyFile = ofFlags ?? ofFile;
  const referenced = secretsOf(file.input).flatMap(([path, value]) =>
    typeof value === 'object' && 'file' in value
      ? [{ name: formatPath(path), path: resolve(baseDirectory, value.file) }]
      : [],
  );
  return keyFile === undefined ? referenced : [...referenced, keyFile];
}

/** Every place where a secret may stand by reference. */
function secretsOf({ database, upstreams, clients }: ConfigInput): readonly Place[] {
  return [
    [['database', 'url'], database?.url],
    [['database', 'migrationUrl'], database?.migrationUrl],
    ...upstreams.flatMap((upstream, index) =>
      (['headers', 'env'] as const).flatMap((key) =>
        Object.entries(upstream[key] ?? {}).map(([name, value]): Place => [['upstreams', index, key, name], value]),
      ),
    ),
    ...clients.map(({ clientSecret }, index): Place => [['clients', index, 'clientSecret'], clientSecret]),
  ];
}
