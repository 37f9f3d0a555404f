import { describe, expect, it } from 'vitest';
import { type RunProgram, restrictToOwnUser } from './private-acl.js';

const PATH = 'C:\\Users\\Ann\\AppData\\Local\\portcullis';
const USER = 'S-1-5-21-3623811015-3361044348-30300820-1013';

const OWN = [`${USER}:(OI)(CI)(F)`, 'OWNER RIGHTS:(OI)(CI)(Rc)'];
const OTHER = 'DESK\\bob:(OI)(CI)(RX,W)';

/** The list of a directory, as `icacls` prints it. */
const list = (entries: readonly string[]): string =>
  `${entries.map((entry, index) => (index === 0 ? `${PATH} ${entry}` : `      ${entry}`)).join('\r\n')}\r\n\r\nSuccessfully processed 1 files; Failed processing 0 files\r\n`;

function spy({ whoami = `"desk\\ann","${USER}"\r\n`, lists = [OWN] } = {}) {
  const calls: [command: string, ...args: string[]][] = [];
  const left = [...lists];
  const run: RunProgram = async (command, args) => {
    calls.push([command, ...args]);
    if (command.endsWith('whoami.exe')) return whoami;
    return args.length === 1 ? list(left.shift() ?? []) : '';
  };
  return { calls, run };
}

const ICACLS = ['D:\\Win\\System32\\icacls.exe', PATH];
const GRANT = ['/grant:r', `*${USER}:(OI)(CI)F`, '/grant:r', '*S-1-3-4:(OI)(CI)(RC)'];
const REMOVE = ['/remove:g', '*S-1-1-0', '/remove:g', '*S-1-5-11', '/remove:g', '*S-1-5-32-545'];
const RESTRICT = [...ICACLS, '/inheritance:r', ...GRANT, ...REMOVE, '/q'];

describe('a directory on Windows', () => {
  const environment = { SystemRoot: 'D:\\Win' };

  it('CX-04 is given to the user alone, by programs of the system', async () => {
    const { calls, run } = spy({ lists: [[...OWN, 'Mandatory Label\\High Mandatory Level:(OI)(CI)(NW)']] });
    await restrictToOwnUser(PATH, { platform: 'win32', environment, run });
    expect(calls).toEqual([['D:\\Win\\System32\\whoami.exe', '/user', '/fo', 'csv', '/nh'], RESTRICT, ICACLS]);
  });

  it('CX-04 is taken from others who have an entry of their own', async () => {
    const { calls, run } = spy({ lists: [[...OWN, OTHER], OWN] });
    await restrictToOwnUser(PATH, { platform: 'win32', environment, run });
    expect(calls.slice(1)).toEqual([RESTRICT, ICACLS, [...ICACLS, '/reset', '/q'], RESTRICT, ICACLS]);
  });

  it.each([
    ['others stay', [...OWN, OTHER]],
    ['the list is not to be read', []],
  ])('CX-04 is not used where %s', async (_what, entries) => {
    const { run } = spy({ lists: [entries, entries] });
    await expect(restrictToOwnUser(PATH, { platform: 'win32', environment, run })).rejects.toMatchObject({
      code: 'store_failed',
    });
  });

  it('CX-04 is not used where that cannot be done', async () => {
    const unknown = spy({ whoami: 'nobody' });
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
