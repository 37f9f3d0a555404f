import { fail, type Result, succeed } from '@portcullis/protocol';
import ipaddr from 'ipaddr.js';

/** Whether a host name as `URL.hostname` spells it stands for this machine alone: `localhost`, 127.0.0.0/8 or ::1. */
export function isLoopbackHost(hostname: string): boolean {
  const bare = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  if (bare === 'localhost') return true;
  return ipaddr.isValid(bare) && ipaddr.process(bare).range() === 'loopback';
}

/**
 * The origin at which clients reach the gate, from what an operator wrote. It becomes the issuer and the start of every
 * resource identifier, so it is an origin only, https except on loopback. The failure is a sentence for the operator.
 */
export function parsePublicUrl(text: string): Result<string, string> {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return fail('must be a URL such as https://gate.example.com');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return fail('must start with https://');
  if (url.username !== '' || url.password !== '') return fail('must not carry a user name or password');
  if (url.pathname !== '/' || text.includes('?') || text.includes('#')) {
    return fail(`must be an origin only, without path, query or fragment: ${url.origin}`);
  }
  if (url.protocol === 'http:' && !isLoopbackHost(url.hostname)) {
    return fail('must be https, unless its host is localhost, 127.0.0.0/8 or [::1]');
  }
  return succeed(url.origin);
}

/** Where the gate listens, as far as it decides the default public URL. */
export interface BindAddress {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
}

/**
 * The public URL when none is configured: the loopback address that the gate is bound to. Beyond loopback there is no
 * safe guess (a `Host` header is never asked), so it fails with what to do.
 */
export function defaultPublicUrl(bind: BindAddress): Result<string, string> {
  if (!isLoopbackHost(bind.host)) {
    return fail(
      `listening on ${bind.host} opens the gate beyond this machine: say at which address clients reach it, ` +
        'for example --public-url https://gate.example.com',
    );
  }
  const bare = bind.host.replace(/^\[|\]$/g, '');
  const authority = bare.includes(':') ? `[${bare}]` : bare;
  return succeed(new URL(`${bind.tls ? 'https' : 'http'}://${authority}:${bind.port}`).origin);
}
