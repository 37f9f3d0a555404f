import { readFile, readlink } from 'node:fs/promises';

/**
 * What a process id means something within: this start of this machine, and the namespace of this process in it. Two
 * containers may share a disk and a host name, and have different processes under one number. Undefined where the system
 * does not say: then nothing can be told from a process id.
 */
export async function findMachineIdentity(): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const namespace = await readlink('/proc/self/ns/pid');
    return `${boot.trim()}/${namespace.replace(/[^0-9]/g, '')}`;
  } catch {
    return undefined;
  }
}

/** Whether a process of this machine and namespace runs. True also for another one that was given its number. */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM says that it is there, and somebody else's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}
