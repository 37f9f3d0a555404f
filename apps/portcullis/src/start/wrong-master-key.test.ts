import { describe, expect, it } from 'vitest';
import { suggestWith } from '../suggest-command.js';
import { describeWrongMasterKey } from './wrong-master-key.js';

describe('a start under the wrong master key', () => {
  it.each([true, false])('names the source and both ways out (shared: %j)', (isShared) => {
    const message = describeWrongMasterKey('/data/master.key', isShared, suggestWith(' --data-dir /data'));
    expect(message).toContain('the master key from /data/master.key does not open the stored signing key');
    expect(message).toContain('Put the old one back');
    expect(message).toContain(
      'set a new one and run npx portcullis keys rotate --at-once --replace-master-key --data-dir /data',
    );
    expect(message.includes('All gates on one database have the same one')).toBe(isShared);
  });
});
