import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Clock ticks of `/proc` a second; Linux has told user space 100 since ever. */
const TICKS_PER_SECOND = 100;

/** The fields of `/proc/PID/stat` after the name, which may hold anything (proc(5)). */
function statOf(pid: number): readonly string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** A process and all that descend from it, now. */
export function processTree(root: number): readonly number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const pid = Number(entry);
    const parent = Number.isInteger(pid) ? Number(statOf(pid)?.[1]) : Number.NaN;
    if (Number.isNaN(parent)) continue;
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const tree = [root];
  for (const pid of tree) tree.push(...(children.get(pid) ?? []));
  return tree;
}

/**
 * Processor time of a process and of all that descend from it, user and system, in microseconds; to the clock
 * tick, which is 10 ms. Children that have ended count as their parent has waited for them.
 */
export function usedMicroseconds(root: number): number {
  let ticks = 0;
  for (const pid of processTree(root)) {
    const stat = statOf(pid);
    // utime, stime, cutime, cstime: the fields 14 to 17, of which the first three are cut off here.
    if (stat !== undefined) ticks += stat.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
  }
  return (ticks * 1_000_000) / TICKS_PER_SECOND;
}

/** Whether it is this process that listens on a loopback port, and not another that was there before. */
export function listensOn(pid: number, port: number): boolean {
  const address = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  const inodes = readFileSync('/proc/net/tcp', 'latin1')
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    // State 0A is LISTEN.
    .filter((fields) => fields[1]?.endsWith(address) && fields[3] === '0A')
    .map((fields) => `socket:[${fields[9]}]`);
  return readdirSync(`/proc/${pid}/fd`).some((descriptor) => {
    try {
      return inodes.includes(readlinkSync(`/proc/${pid}/fd/${descriptor}`));
    } catch {
      return false;
    }
  });
}
