import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/paths.js';

interface Manifest {
  readonly name: string;
  readonly exports?: Record<string, unknown>;
  readonly dependencies?: Record<string, string>;
}

function manifest(folder: string): Manifest {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')) as Manifest;
}

// Those in other languages have no manifest.
const examples = readdirSync(join(ROOT, 'examples'))
  .filter((name) => existsSync(join(ROOT, 'examples', name, 'package.json')))
  .map((name) => manifest(`examples/${name}`));
const packages = readdirSync(join(ROOT, 'packages')).map((name) => manifest(`packages/${name}`));

/** What a package depends on at run time, ours aside. Growing a list is a decision: it takes an ADR. */
const RUNTIME_DEPENDENCIES = {
  '@portcullis/audit': [],
  '@portcullis/authorization-server': ['@node-rs/argon2', 'jose'],
  '@portcullis/client': ['@napi-rs/keyring', 'oauth4webapi'],
  '@portcullis/gateway': ['undici'],
  '@portcullis/policy': [],
  '@portcullis/ports': ['ipaddr.js', 'undici'],
  '@portcullis/protocol': ['jose', 'zod'],
  '@portcullis/resource-server': ['jose', 'lru-cache'],
  '@portcullis/storage': ['@photostructure/sqlite', 'kysely', 'pg', 'rate-limiter-flexible'],
  '@portcullis/web': [],
};

const EXPORTS = {
  '@portcullis/audit': ['.'],
  '@portcullis/authorization-server': ['.', './express', './keys', './node', './rules'],
  '@portcullis/client': ['.', './node'],
  '@portcullis/gateway': ['.', './stdio-lines'],
  '@portcullis/policy': ['.'],
  '@portcullis/ports': ['.', './memory', './node', './testing'],
  '@portcullis/protocol': ['.', './client-metadata', './dpop-proof', './scope', './unsafe-characters'],
  '@portcullis/resource-server': ['.', './express', './fastify', './node', './sdk-v1', './sdk-v2'],
  '@portcullis/storage': ['./postgres', './rate-limiter', './sqlite'],
  '@portcullis/web': ['.'],
};

function runtimeDependencies({ dependencies }: Manifest): string[] {
  return Object.keys(dependencies ?? {})
    .filter((name) => !name.startsWith('@portcullis/'))
    .sort();
}

describe('the topology', () => {
  it('has the packages, entry points and run-time dependencies that were decided', () => {
    expect(Object.fromEntries(packages.map((one) => [one.name, runtimeDependencies(one)]))).toEqual(
      RUNTIME_DEPENDENCIES,
    );
    expect(Object.fromEntries(packages.map((one) => [one.name, Object.keys(one.exports ?? {}).sort()]))).toEqual(
      EXPORTS,
    );
  });

  it('pins every dependency exactly', () => {
    const all = [manifest('.'), manifest('apps/portcullis'), ...examples, ...packages];
    const loose = all.flatMap((one) =>
      Object.entries({ ...one.dependencies, ...(one as { devDependencies?: Record<string, string> }).devDependencies })
        .filter(([, version]) => !/^(npm:.+@)?\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${one.name}: ${name}@${version}`),
    );
    expect(loose).toEqual([]);
  });

  it('keeps each source file to one idea', () => {
    const long = sources('packages')
      .concat(sources('apps'))
      .filter((file) => lines(file) > 450);
    expect(long).toEqual([]);
  });
});

function sources(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .map((file) => join(folder, file))
    .filter((file) => file.endsWith('.ts') && /\/src\//.test(file) && !/(\.test\.ts|\/testing\/|\/dist\/)/.test(file))
    .filter((file) => statSync(join(ROOT, file)).isFile());
}

function lines(file: string): number {
  return readFileSync(join(ROOT, file), 'utf8').split('\n').length;
}
