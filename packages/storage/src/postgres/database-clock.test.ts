import { StorageUnavailableError } from '@portcullis/ports';
import { expect, it, vi } from 'vitest';
import { type AskTime, createDatabaseClock, type DatabaseClock } from './database-clock.js';

const T = 1_800_000_000_000;

/** A database and a machine, whose time passes as a test says. */
function startWorld() {
  const world = { database: T, timeOfDay: T, monotonic: 1000, answers: true, asked: 0, took: [0], slept: [0] };
  const pass = (milliseconds: number): void => {
    for (const name of ['database', 'timeOfDay', 'monotonic'] as const) world[name] += milliseconds;
  };
  const askTime: AskTime = async (work) => {
    world.asked += 1;
    if (!world.answers) throw new Error('gone');
    return work(async () => {
      // The question is quick and the answer slow, which a half of both gets wrong by as much as that.
      const time = world.database;
      pass(world.took.shift() ?? 0);
      const slept = world.slept.shift() ?? 0;
      world.database += slept;
      world.timeOfDay += slept;
      return time;
    });
  };
  const host = { timeOfDay: () => world.timeOfDay, monotonic: () => world.monotonic };
  return { world, pass, open: () => createDatabaseClock(askTime, host) };
}

/** By how many seconds it is ahead of the database. */
const errorOf = ({ clock }: DatabaseClock, { database }: { readonly database: number }): number =>
  clock.nowEpochSeconds() - Math.floor(database / 1000);

it('F-07 tells the time of the database, and by how much this machine is off', async () => {
  const { world, pass, open } = startWorld();
  world.timeOfDay -= 90_000;
  const opened = await open();
  pass(40_000);
  expect(errorOf(opened, world)).toBe(0);
  expect(opened.clock.hostAheadSeconds()).toBe(-90);
  opened.stop();
});

it('goes by the answer that was there the soonest', async () => {
  const { world, open } = startWorld();
  world.took = [9000, 200, 7000];
  const opened = await open();
  expect(Math.abs(errorOf(opened, world))).toBeLessThanOrEqual(1);
  opened.stop();
});

it('F-07 goes by no answer that the machine slept after, however soon that was there, and by none at all if need be', async () => {
  const { world, open } = startWorld();
  world.took = [50, 0, 80, 0, 0, 0];
  world.slept = [0, 3_600_000, 0, 5000, 5000, 5000];
  const opened = await open();
  // The first answer is the one, so that the sleep shows as a jump since, and is measured again at once: in vain.
  expect(errorOf(opened, world)).toBe(-3600);
  await new Promise((resolve) => setImmediate(resolve));
  expect([world.asked, errorOf(opened, world)]).toEqual([2, -3615]);
  world.monotonic += 1000;
  opened.clock.nowEpochSeconds();
  await vi.waitFor(() => expect(errorOf(opened, world)).toBe(0));
  opened.stop();
});

it('F-07 does not come about where the machine is set whenever the database is asked', async () => {
  const { world, open } = startWorld();
  world.slept = [5000, 5000, 5000];
  await expect(open()).rejects.toThrow('the clock of this machine was set, or five seconds passed');
});

it('F-07 asks again at once where the clock of this machine was set, and tells no other time until then, nor ever', async () => {
  const { world, pass, open } = startWorld();
  const opened = await open();
  for (const [asked, seconds] of [-600, 7200].entries()) {
    const aheadBefore = opened.clock.hostAheadSeconds();
    pass(20_000);
    world.timeOfDay += seconds * 1000;
    expect(errorOf(opened, world)).toBe(0);
    expect(world.asked).toBe(asked + 2);
    await vi.waitFor(() => expect(opened.clock.hostAheadSeconds()).toBe(aheadBefore + seconds));
    expect(errorOf(opened, world)).toBe(0);
  }
  opened.stop();
});

it('F-07 asks at once also where the clock of this machine is set twice within a second', async () => {
  const { world, pass, open } = startWorld();
  const opened = await open();
  for (const ahead of [600, 0, 7200]) {
    pass(300);
    world.timeOfDay = world.database + ahead * 1000;
    expect(errorOf(opened, world)).toBe(0);
    await vi.waitFor(() => expect(opened.clock.hostAheadSeconds()).toBe(ahead));
  }
  expect(world.asked).toBe(4);
  opened.stop();
});

it('F-07 is behind by what the machine slept until the database has answered, which it is asked to at once', async () => {
  const { world, open } = startWorld();
  const opened = await open();
  world.database += 3_600_000;
  world.timeOfDay += 3_600_000;
  expect(errorOf(opened, world)).toBe(-3600);
  await vi.waitFor(() => expect(errorOf(opened, world)).toBe(0));
  opened.stop();
});

it('keeps what it measured last where the database does not answer, and asks again after a second', async () => {
  const { world, pass, open } = startWorld();
  world.timeOfDay += 50_000;
  const opened = await open();
  world.answers = false;
  pass(60_000);
  world.timeOfDay -= 10_000;
  for (let call = 0; call < 5; call += 1) expect(errorOf(opened, world)).toBe(0);
  expect(opened.clock.hostAheadSeconds()).toBe(50);
  expect(world.asked).toBe(2);
  await new Promise((resolve) => setImmediate(resolve));
  for (const [milliseconds, asked] of [
    [900, 2],
    [200, 3],
  ] as const) {
    pass(milliseconds);
    opened.clock.nowEpochSeconds();
    expect(world.asked).toBe(asked);
  }
  opened.stop();
});

it('F-03 asks again where a connection was lost, at once and until it has an answer of after that', async () => {
  const { world, pass, open } = startWorld();
  const opened = await open();
  world.database -= 90_000;
  world.answers = false;
  for (let lost = 0; lost < 3; lost += 1) opened.doubt();
  await new Promise((resolve) => setImmediate(resolve));
  opened.doubt();
  expect([world.asked, errorOf(opened, world)]).toEqual([2, 90]);
  world.answers = true;
  pass(1000);
  opened.clock.nowEpochSeconds();
  // What is lost meanwhile may make the answer that is under way that of the host before.
  opened.doubt();
  await vi.waitFor(() => expect([world.asked, errorOf(opened, world)]).toEqual([4, 0]));
  opened.stop();
});

it('F-07 lets no act go by another time than the one that it brings, nor for a second by one that was asked for before', async () => {
  const { world, pass, open } = startWorld();
  const opened = await open();
  const begin = () => opened.beginAct()(world.database);
  // What a pause does, a database that is set, and a sleep.
  const wrong = [
    () => (world.database += 600_000),
    () => (world.database -= 7_200_000),
    () => {
      world.database += 3_600_000;
      world.timeOfDay += 3_600_000;
    },
  ];
  for (const happen of wrong) {
    expect(begin).not.toThrow();
    happen();
    expect(begin).toThrow(StorageUnavailableError);
    expect(errorOf(opened, world)).toBe(0);
    expect(begin).toThrow(StorageUnavailableError);
    pass(1000);
  }
  expect(begin).not.toThrow();
  // None of them waited for a measure.
  expect(world.asked).toBe(1);
  opened.stop();
});

it('F-07 lets no act go for a second after a measure found out that the time was wrong', async () => {
  const { world, pass, open } = startWorld();
  const opened = await open();
  const begin = () => opened.beginAct()(world.database);
  world.database += 3_600_000;
  world.timeOfDay += 3_600_000;
  expect(errorOf(opened, world)).toBe(-3600);
  await vi.waitFor(() => expect(errorOf(opened, world)).toBe(0));
  expect(begin).toThrow(StorageUnavailableError);
  pass(1000);
  expect(begin).not.toThrow();
  opened.stop();
});

it('F-07 takes the time of a slow act for what it may be, and measures where it is no use', async () => {
  const { world, pass, open } = startWorld();
  const opened = await open();
  // Said at the beginning, and heard at the end; the other way round; and both by a database that was set.
  for (const [before, after] of [
    [0, 60_000],
    [60_000, 0],
  ] as const) {
    const judge = opened.beginAct();
    pass(before);
    const said = world.database;
    pass(after);
    expect(() => judge(said)).not.toThrow();
  }
  const judge = opened.beginAct();
  world.database -= 90_000;
  pass(60_000);
  expect(() => judge(world.database - 30_000)).toThrow(StorageUnavailableError);
  await vi.waitFor(() => expect([world.asked, errorOf(opened, world)]).toEqual([2, 0]));
  opened.stop();
});

it('asks once a minute, until it is stopped', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const { world, open } = startWorld();
    const opened = await open();
    world.timeOfDay += 3000;
    await vi.advanceTimersByTimeAsync(60_000);
    expect([world.asked, opened.clock.hostAheadSeconds()]).toEqual([2, 3]);
    opened.stop();
    await vi.advanceTimersByTimeAsync(600_000);
    expect(world.asked).toBe(2);
  } finally {
    vi.useRealTimers();
  }
});

it('does not come about where the database cannot say what time it is', async () => {
  const { world, open } = startWorld();
  world.answers = false;
  await expect(open()).rejects.toThrow('gone');
});
