import { parseUrl } from '@portcullis/protocol';

const IPV4 = /^(?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(?:\.(?!$)|$)){4}$/;
const IPV6_CHARACTERS = /^[0-9a-f:.]+$/i;
const GROUPS = 8;

/**
 * The network of an address as rate limits count it and the trail names it ({@link RequestContext}): an IPv4 address as it
 * is, mapped into IPv6 or not; of an IPv6 address its /64, since one customer has at least that many. What is no address is
 * `unknown`, one network for all of them. A zone (`%eth0`) counts for nothing.
 *
 * @param address - as a socket or a trusted proxy names it, without a port
 */
export function networkOf(address: string | undefined): string {
  const bare = (address ?? '').replace(/%.*$/, '');
  if (IPV4.test(bare)) return bare;
  const groups = IPV6_CHARACTERS.test(bare) ? groupsOf(bare) : undefined;
  return groups === undefined ? 'unknown' : networkOfGroups(groups);
}

/**
 * {@link networkOf} of an IPv6 address that is read already.
 *
 * @param groups - its eight, each of 16 bits
 */
export function networkOfGroups(groups: readonly number[]): string {
  const [high = 0, low = 0] = groups.slice(-2);
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
  if (isMapped) return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`;
}

/** The platform reads the address; what it leaves to be done is the run of zeros. */
function groupsOf(address: string): readonly number[] | undefined {
  const host = parseUrl(`http://[${address}]/`)?.hostname;
  if (host === undefined) return undefined;
  const [head = '', tail] = host.slice(1, -1).split('::');
  const parse = (part: string): number[] =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return parse(head);
  const [before, after] = [parse(head), parse(tail)];
  return [...before, ...Array<number>(GROUPS - before.length - after.length).fill(0), ...after];
}
