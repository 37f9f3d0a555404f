import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findMachineIdentity, isProcessAlive } from './machine-identity.js';
import { makePrivateDirectory } from './private-directory.js';
import { storeFailure, systemCode } from './store-failure.js';

/** How whoever waits measures time, and passes it between two looks. */
export interface LeaseClock {
  /** Never goes back. */
  nowMilliseconds(): number;
  sleep(milliseconds: number): Promise<unknown>;
}

const SYSTEM_CLOCK: LeaseClock = { nowMilliseconds: () => performance.now(), sleep };

/** Lets one at a time work on a thing, of all processes that share a directory. */
export interface FileLeases {
  /**
   * Runs `work` while nobody else holds the lease of `name`. Who holds it may take as long as it likes, as long as it
   * lives.
   *
   * @throws {OAuthClientError} `store_failed` where the directory is not safe; else what `work` throws
   */
  withLease<Value>(name: string, work: () => Promise<Value>): Promise<Value>;
}

/** A holder shows as often that it lives. */
const BEAT_MILLISECONDS = 1000;
/** One that has not shown it for so long is taken for dead: with the wait for the next look, ten seconds at most. */
const DEAD_AFTER_MILLISECONDS = 8000;
const LOOK_MILLISECONDS = 100;
/** What counts at most between two looks: a machine that slept, or stood still, stood still for the holder too. */
const MAX_STEP_MILLISECONDS = 1000;

const FREE = 'free\n';
const HELD = /^held (?<machine>\S+) (?<pid>[0-9]{1,10}) /;

/**
 * The disk takes nothing more. Nobody could learn what comes of the work then, so there is nothing to wait for, and
 * whoever is signed in goes on.
 */
const NO_ROOM: readonly string[] = ['ENOSPC', 'EDQUOT', 'EROFS', 'EFBIG'];

/**
 * Leases of names below `directory`. A lease is a row of files with rising numbers, `NAME.lock/NUMBER`, of which the
 * highest says how things stand: held, by whom and still alive, or free. Whoever finds it free, or its holder dead, makes
 * the next number, which one process alone can, and holds the lease if that is the highest then. The highest file is never
 * removed, so a process that slept over all this cannot make a number a second time and believe it is the first.
 *
 * Whether a holder lives is seen by its file changing, measured by the watcher's own clock: clocks of machines that share a
 * disk, and leaps of them, do not matter. On Linux a process of this machine that is gone is seen at once.
 *
 * A holder that was stopped for eight seconds, and goes on then, does not learn that another has taken its place.
 *
 * @param clock - of whoever waits. @defaultValue that of the system
 */
export function createFileLeases(directory: string, clock: LeaseClock = SYSTEM_CLOCK): FileLeases {
  const queues = new Map<string, Promise<unknown>>();
  const machine = findMachineIdentity();

  async function holding<Value>(name: string, work: () => Promise<Value>): Promise<Value> {
    const lease = await acquire(directory, name, await machine, clock);
    try {
      return await work();
    } finally {
      await lease?.release();
    }
  }

  return {
    withLease(name, work) {
      // Those of this process wait here, in their order, and one of them among the other processes.
      const before = queues.get(name) ?? Promise.resolve();
      const mine = before.then(() => holding(name, work));
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      queues.set(name, settled);
      void settled.then(() => {
        if (queues.get(name) === settled) queues.delete(name);
      });
      return mine;
    },
  };
}

interface Lease {
  release(): Promise<void>;
}

/** Undefined where the disk takes nothing. */
async function acquire(
  directory: string,
  name: string,
  machine: string | undefined,
  clock: LeaseClock,
): Promise<Lease | undefined> {
  const place = join(directory, `${name}.lock`);
  let seen = { number: -1, text: '', silentMilliseconds: 0 };
  let lastLookMilliseconds = clock.nowMilliseconds();
  try {
    // The first for its own sake: what is good enough above a private directory may not be so for the store itself.
    await makePrivateDirectory(directory);
    await makePrivateDirectory(place);
    for (;;) {
      const number = await highest(place);
      const text = number === 0 ? FREE : await readOrEmpty(join(place, String(number)));
      const sinceLastLook = Math.min(clock.nowMilliseconds() - lastLookMilliseconds, MAX_STEP_MILLISECONDS);
      lastLookMilliseconds = clock.nowMilliseconds();
      const isSame = number === seen.number && text === seen.text;
      seen = { number, text, silentMilliseconds: isSame ? seen.silentMilliseconds + sinceLastLook : 0 };
      const isSilent = seen.silentMilliseconds >= DEAD_AFTER_MILLISECONDS;
      if (text.startsWith(FREE) || isSilent || isGone(text, machine)) {
        const lease = await take(place, number + 1, machine);
        if (lease !== undefined) return lease;
      } else await clock.sleep(LOOK_MILLISECONDS * (0.5 + Math.random()));
    }
  } catch (cause) {
    const code = systemCode(cause instanceof Error && cause.cause !== undefined ? cause.cause : cause);
    if (code !== undefined && NO_ROOM.includes(code)) return undefined;
    throw storeFailure(`The store cannot be locked: ${place} (${code ?? 'unknown error'}).`, cause);
  }
}

/** Makes `number`. Undefined where another one was faster. */
async function take(place: string, number: number, machine: string | undefined): Promise<Lease | undefined> {
  const path = join(place, String(number));
  const file = await create(path);
  if (file === undefined) return undefined;
  let lease: Lease | undefined;
  try {
    lease = await begin(file, machine);
    const numbers = await numbersIn(place);
    if (Math.max(...numbers) === number) {
      const older = numbers.filter((one) => one < number).map((one) => join(place, String(one)));
      // One that stays is in nobody's way.
      await Promise.allSettled(older.map((file) => rm(file, { force: true })));
      return lease;
    }
  } catch (error) {
    await giveUp(path, file, lease);
    throw error;
  }
  // It had been taken, given back and removed while this process looked away: a higher one tells how things stand.
  await giveUp(path, file, lease);
  return undefined;
}

async function giveUp(path: string, file: FileHandle, lease: Lease | undefined): Promise<void> {
  await (lease?.release() ?? file.close());
  await rm(path, { force: true });
}

/** Undefined where it is there. */
async function create(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, constants.O_CREAT | constants.O_EXCL | constants.O_RDWR, 0o600);
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined;
    throw error;
  }
}

/** Shows in `file`, which is this holder's alone, that it lives, until it is released. */
async function begin(file: FileHandle, machine: string | undefined): Promise<Lease> {
  const nonce = randomBytes(8).toString('hex');
  let beats = 0;
  const beat = async (): Promise<void> => {
    beats += 1;
    await file.write(`held ${machine ?? '-'} ${process.pid} ${nonce} ${String(beats).padStart(10, '0')}\n`, 0);
  };
  await beat();
  let writing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // One that does not get through is seen by the others, who are then right to go on.
    writing = writing.then(beat).catch(() => undefined);
  }, BEAT_MILLISECONDS);
  timer.unref();
  return {
    async release() {
      clearInterval(timer);
      await writing;
      try {
        await file.write(FREE, 0);
        await file.truncate(FREE.length);
      } catch {
        // Nobody beats here any more: the others wait until they see that.
      } finally {
        await file.close().catch(() => undefined);
      }
    },
  };
}

async function highest(place: string): Promise<number> {
  return Math.max(0, ...(await numbersIn(place)));
}

/** In one look: a directory of so few files is read in one piece. */
async function numbersIn(place: string): Promise<readonly number[]> {
  return (await readdir(place)).filter((name) => /^[1-9][0-9]{0,14}$/.test(name)).map(Number);
}

/** Empty where it was removed meanwhile, which says that there is a higher one, or where its maker has not written yet. */
async function readOrEmpty(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}

/** Whether the holder was a process of this machine that is no more. */
function isGone(text: string, machine: string | undefined): boolean {
  const holder = HELD.exec(text)?.groups;
  return machine !== undefined && holder?.['machine'] === machine && !isProcessAlive(Number(holder['pid']));
}
