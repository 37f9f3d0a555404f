import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import type { EpochSeconds } from '@portcullis/protocol';
import { terminalText } from '../terminal-text.js';

/**
 * Sentences for the operator about a TLS certificate with which clients would not reach the gate: one when it does not
 * name the host of the public URL, one when its time is over or has not come. They are told and not refused: a proxy
 * may stand before the gate, with a certificate of its own for clients.
 *
 * Names are matched as browsers do it (RFC 9110 §4.3.4, RFC 9525): by the subject alternative names alone, never by the
 * common name. Does not check who signed it, nor anything of what follows it in the file.
 *
 * @param pem - a certificate that was found usable; of a chain the first one counts
 * @param file - what the operator calls it
 */
export function tellCertificateDoubts(
  pem: Buffer,
  file: string,
  publicUrl: string,
  nowEpochSeconds: EpochSeconds,
): readonly string[] {
  const certificate = new X509Certificate(pem);
  // A name with a dot at its end is the same name; certificates have none.
  const host = new URL(publicUrl).hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return [nameDoubt(certificate, file, host), timeDoubt(certificate, file, nowEpochSeconds)].filter(
    (doubt) => doubt !== undefined,
  );
}

function nameDoubt(certificate: X509Certificate, file: string, host: string): string | undefined {
  const isCovered =
    isIP(host) === 0
      ? certificate.checkHost(host, { subject: 'never', partialWildcards: false }) !== undefined
      : certificate.checkIP(host) !== undefined;
  if (isCovered) return undefined;
  const names = namesOf(certificate);
  const has =
    names.length === 0 ? 'it names no host at all (a common name does not count)' : `it is for ${told(names)}`;
  return (
    `The TLS certificate ${file} does not name ${host}, the host of the public URL: ${has}. Clients refuse it, unless a ` +
    `proxy before the gate shows them another. Get one for ${host}, or give the host that clients use with --public-url`
  );
}

function timeDoubt(certificate: X509Certificate, file: string, nowEpochSeconds: EpochSeconds): string | undefined {
  const [from, to] = [Date.parse(certificate.validFrom), Date.parse(certificate.validTo)];
  const now = nowEpochSeconds * 1000;
  if (now > to) {
    return `The TLS certificate ${file} has expired, at ${isoTime(to)}. Clients refuse it: renew it, and start the gate again`;
  }
  if (now < from) {
    return `The TLS certificate ${file} is not valid before ${isoTime(from)}. Clients refuse it until then: see that the clock of this computer is right, or get another`;
  }
  return undefined;
}

/** The hosts and addresses of its subject alternative names; one with special characters is quoted, as Node has it. */
function namesOf({ subjectAltName = '' }: X509Certificate): readonly string[] {
  const entries = subjectAltName.matchAll(/(?:^|, )(?:DNS|IP Address):("(?:[^"\\]|\\.)*"|[^,]*)/g);
  return [...entries].map(([, name = '']) => terminalText(name, 253));
}

const MOST_TOLD = 5;

function told(names: readonly string[]): string {
  const more = names.length - MOST_TOLD;
  return names.slice(0, MOST_TOLD).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function isoTime(epochMilliseconds: number): string {
  return new Date(epochMilliseconds).toISOString().replace('.000Z', 'Z');
}
