import { describe, expect, it } from 'vitest';
import { type RunProgram, restrictToOwnUser } from './private-acl.js';

const PATH = 'C:\\Users\\Ann\\AppData\\Local\\portcullis';
const USER = 'S-1-5-21-3623811015-3361044348-30300820-1013';

function spy(whoami = `"desk\\ann","${USER}"\r\n`) {
  const calls: [command: string, ...args: string[]][] = [];
  const run: RunProgram = async (command, args) => {
    calls.push([command, ...args]);
    return command.endsWith('whoami.exe') ? whoami : '';
  };
  return { calls, run };
}

describe('a directory on Windows', () => {
  it('CX-04 is given to the user alone, by programs of the system', async () => {
    const { calls, run } = spy();
    await restrictToOwnUser(PATH, { platform: 'win32', environment: { SystemRoot: 'D:\\Win' }, run });
    const others = ['/remove:g', '*S-1-1-0', '/remove:g', '*S-1-5-11', '/remove:g', '*S-1-5-32-545'];
    expect(calls).toEqual([
      ['D:\\Win\\System32\\whoami.exe', '/user', '/fo', 'csv', '/nh'],
      ['D:\\Win\\System32\\icacls.exe', PATH, '/inheritance:r', '/grant:r', `*${USER}:(OI)(CI)F`, ...others, '/q'],
    ]);
  });

  it('CX-04 is not used where that cannot be done', async () => {
    const unknown = spy('nobody');
    const failing: RunProgram = () => Promise.reject(new Error('Access is denied.'));
    for (const run of [unknown.run, failing]) {
      await expect(restrictToOwnUser(PATH, { platform: 'win32', environment: {}, run })).rejects.toMatchObject({
        code: 'store_failed',
        message: expect.stringContaining(PATH),
      });
    }
    expect(unknown.calls).toHaveLength(1);
  });

  it('is a matter of modes elsewhere', async () => {
    const { calls, run } = spy();
    for (const platform of ['linux', 'darwin'] as const) await restrictToOwnUser('/home/ann/store', { platform, run });
    expect(calls).toEqual([]);
  });
});
