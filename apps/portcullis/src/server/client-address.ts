import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { networkOfGroups } from '@portcullis/ports';
import ipaddr from 'ipaddr.js';
import { type AddressRange, parseAddressRange } from '../config/trusted-proxy.js';

type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** Of an IPv6 address, those that name a site. */
const SITE_GROUPS = 3;

/** Finds the network that a request came from, as rate limits count it and the audit trail names it. */
export type ClientNetworkReader = (request: IncomingMessage) => string;

/**
 * Reads client networks. The socket's peer is the client, unless it is a trusted proxy: then `X-Forwarded-For` is read
 * from the right, and the first address that is no trusted proxy itself is the client. What stands further left was
 * written by strangers and is not looked at, nor is any other forwarding header (GW-03, RFC 9700 §4.13).
 *
 * @param trustedProxies - addresses or CIDR ranges, checked before
 */
export function createClientNetworkReader(trustedProxies: readonly string[]): ClientNetworkReader {
  const ranges = parseRanges(trustedProxies);
  // The peer of a connection stays the same however many requests come over it.
  const peers = new WeakMap<Socket, Peer>();

  function peerOf(socket: Socket): Peer {
    const known = peers.get(socket);
    if (known !== undefined) return known;
    const address = parseAddress(socket.remoteAddress ?? '');
    const network = address === undefined ? 'unknown' : networkKey(address);
    const peer = { network, proxy: address !== undefined && isTrusted(address, ranges) ? address : undefined };
    peers.set(socket, peer);
    return peer;
  }

  return (request) => {
    const { network, proxy } = peerOf(request.socket);
    if (proxy === undefined) return network;
    return networkKey(forwardedClient(proxy, request.headers['x-forwarded-for'], ranges));
  };
}

/** The network at the other end of a connection, for what goes wrong before a request is read: no header is believed. */
export function peerNetwork(socket: Socket): string {
  return networkOfAddress(socket.remoteAddress);
}

/** The network of an address as Node writes it; `unknown` where there is none. */
export function networkOfAddress(text = ''): string {
  const address = parseAddress(text);
  return address === undefined ? 'unknown' : networkKey(address);
}

/**
 * The network that a connection itself is counted for, before a request is read; undefined for one that stands for many
 * clients or for this machine: a trusted proxy, a loopback address, a Unix socket, which has no address. Of an IPv6 address it
 * is the /48, and not the /64 of {@link networkKey}: a share that is a good part of all would else be worth nothing, since one
 * site has 65,536 of these (RFC 6177 §2).
 *
 * @param trustedProxies - addresses or CIDR ranges, checked before
 */
export function createCountedNetwork(trustedProxies: readonly string[]): (socket: Socket) => string | undefined {
  const ranges = parseRanges(trustedProxies);
  return (socket) => {
    const address = parseAddress(socket.remoteAddress ?? '');
    if (address === undefined || address.range() === 'loopback' || isTrusted(address, ranges)) return undefined;
    return address instanceof ipaddr.IPv4 ? networkKey(address) : siteKey(address);
  };
}

function siteKey({ parts }: ipaddr.IPv6): string {
  const site = parts.slice(0, SITE_GROUPS).map((group) => group.toString(16));
  return `${site.join(':')}::/${16 * SITE_GROUPS}`;
}

function parseRanges(texts: readonly string[]): readonly AddressRange[] {
  return texts.map((text) => {
    const range = parseAddressRange(text);
    if (range === undefined) throw new TypeError('a trusted proxy is not an address range');
    return range;
  });
}

/** Whoever is at the other end of a connection. */
interface Peer {
  readonly network: string;
  /** Its address, where it is a trusted proxy. */
  readonly proxy: Address | undefined;
}

/** The key of an address: an IPv4 address as it is, mapped into IPv6 or not; of an IPv6 address its /64, since one
 * customer has at least that many. */
export function networkKey(address: Address): string {
  return address instanceof ipaddr.IPv4 ? address.toString() : networkOfGroups(address.parts);
}

function forwardedClient(
  peer: Address,
  header: string | string[] | undefined,
  trusted: readonly AddressRange[],
): Address {
  // Node joins repeated X-Forwarded-For headers in their order.
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',');
  let client = peer;
  for (const hop of hops.reverse()) {
    const address = parseAddress(withoutPort(hop.trim()));
    if (address === undefined) return client;
    client = address;
    if (!isTrusted(client, trusted)) return client;
  }
  return client;
}

// Some proxies write `203.0.113.7:4711` or `[2001:db8::1]:4711`.
function withoutPort(hop: string): string {
  return /^\[([^\]]*)\](?::\d+)?$/.exec(hop)?.[1] ?? /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(hop)?.[1] ?? hop;
}

function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/%.*$/, '');
  if (!ipaddr.IPv4.isValidFourPartDecimal(bare) && !ipaddr.IPv6.isValid(bare)) return undefined;
  return ipaddr.process(bare);
}

function isTrusted(address: Address, ranges: readonly AddressRange[]): boolean {
  return ranges.some(([network, bits]) => {
    if (address instanceof ipaddr.IPv4) return network instanceof ipaddr.IPv4 && address.match(network, bits);
    return network instanceof ipaddr.IPv6 && address.match(network, bits);
  });
}
