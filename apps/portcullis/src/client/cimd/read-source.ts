import { readFileSync, statSync } from 'node:fs';
import { METADATA_DOCUMENT_LIMITS } from '@portcullis/authorization-server/rules';
import { createUntrustedFetch, nodePlatform } from '@portcullis/ports/node';
import { isLoopbackHost, parseUrl } from '@portcullis/protocol';
import { usageError, whyUnreadable } from '../../program-error.js';
import { advice, type Finding } from './finding.js';
import { judgeAnswer, tellUnreached } from './judge-answer.js';

/** Beyond this nothing is read: it is no document of a client. */
const MAX_BYTES = 64 * 1024;

/** A document as it was found, and what is to be said of where. */
export interface FoundDocument {
  /** Undefined where there is none to judge. */
  readonly body: Uint8Array | undefined;
  /** The URL that it was fetched from, where that may be a client id. */
  readonly servedAt: string | undefined;
  readonly findings: readonly Finding[];
}

/**
 * Reads a document from where a person says that it is: a URL, which is fetched as an authorization server fetches it
 * (public addresses, https, no redirect, no cookies, five seconds), or else a file. A URL of this computer is fetched too,
 * over http as well.
 *
 * @throws {ProgramError} for a URL of plain http elsewhere, and for a file that cannot be read (exit code 2)
 */
export async function readSource(source: string): Promise<FoundDocument> {
  if (!/^https?:/i.test(source)) return { body: readFile(source), servedAt: undefined, findings: [] };
  const url = parseUrl(source);
  const isLocal = url !== undefined && isLoopbackHost(url.hostname);
  const isPlain = /^http:/i.test(source);
  if (isPlain && !isLocal) {
    throw usageError(
      'a document is served over https (http is for this computer). For one that is not served yet, give its file, and --url',
    );
  }
  const untrustedFetch = createUntrustedFetch({ allowLoopback: isLocal, allowPlainLoopback: isLocal });
  const answered = await untrustedFetch({
    url: source,
    headers: { accept: 'application/json' },
    maxBytes: MAX_BYTES,
    timeoutMilliseconds: METADATA_DOCUMENT_LIMITS.timeoutMilliseconds,
  });
  const servedAt = isPlain ? undefined : source;
  const local = isLocal
    ? [advice('reachable', 'the URL is one of this computer: authorization servers elsewhere reach nothing there')]
    : [];
  if (!answered.ok) return { body: undefined, servedAt, findings: [tellUnreached(answered), ...local] };
  const findings = [...judgeAnswer(answered.value, nodePlatform.clock.nowEpochSeconds()), ...local];
  return { body: answered.value.status === 200 ? answered.value.body : undefined, servedAt, findings };
}

function readFile(file: string): Uint8Array {
  let size: number;
  try {
    const found = statSync(file);
    size = found.size;
    if (found.isDirectory() || size <= MAX_BYTES) return readFileSync(file);
  } catch (error) {
    throw usageError(`${file} cannot be read: ${whyUnreadable(error)}`);
  }
  throw usageError(`${file} has ${size} bytes: that is no document of a client`);
}
