import type { ClientIdentity } from '@portcullis/client';
import { readEnvironmentValue } from '../config/environment-value.js';
import { readSecret } from '../config/secret-source.js';
import { usageError } from '../program-error.js';
import type { Terminal } from '../terminal.js';
import { programVersion } from '../version.js';
import { ofKind } from './cimd/finding.js';
import { judgeClientIdUrl } from './cimd/judge-url.js';
import type { SignInOptions } from './client-options.js';

/**
 * Who this client is, from the command line: one that was registered by hand, one with a metadata document, or one that
 * registers itself.
 *
 * @throws {ProgramError} on options that do not go together, and on a secret that cannot be read
 */
export function readClientIdentity(options: SignInOptions, terminal: Terminal): ClientIdentity {
  const { clientId, clientMetadataUrl } = options;
  const [problem] = clientMetadataUrl === undefined ? [] : ofKind(judgeClientIdUrl(clientMetadataUrl), 'error');
  if (problem !== undefined) throw usageError(`--client-metadata-url: ${problem.message}`);
  const description = {
    clientName: 'Portcullis',
    softwareId: 'portcullis',
    softwareVersion: programVersion(),
  };
  if (clientId === undefined) {
    if (options.clientSecretFile !== undefined) throw usageError('--client-secret-file needs --client-id');
    if (options.clientCredentials === true) throw usageError('--client-credentials needs --client-id');
    return { description, ...(clientMetadataUrl === undefined ? {} : { metadataDocumentUrl: clientMetadataUrl }) };
  }
  if (clientMetadataUrl !== undefined) throw usageError('--client-id and --client-metadata-url exclude each other');
  const clientSecret = readClientSecret(options, terminal);
  if (options.clientCredentials === true && clientSecret === undefined) {
    throw usageError('--client-credentials needs a client secret: --client-secret-file or PORTCULLIS_CLIENT_SECRET');
  }
  const { issuer } = options;
  return {
    description,
    preRegistered: {
      clientId,
      ...(issuer === undefined ? {} : { issuer }),
      ...(clientSecret === undefined ? {} : { clientSecret }),
    },
  };
}

/** From the file, else from the environment. */
function readClientSecret(options: SignInOptions, { environment }: Terminal): string | undefined {
  const source = { environment, baseDirectory: process.cwd() };
  if (options.clientSecretFile !== undefined) {
    const read = readSecret({ file: options.clientSecretFile }, source);
    if (!read.ok) throw usageError(`--client-secret-file: ${read.failure}`);
    return read.value;
  }
  return readEnvironmentValue('PORTCULLIS_CLIENT_SECRET', source)?.value;
}
