import { describe, expect, it } from 'vitest';
import { explainNotTaken, type RoleState } from './role.js';

const STATE: RoleState = {
  exists: true,
  owner: 'o',
  privileges: { missing: [], tooMuchOnTrail: [] },
  servesAsOwner: false,
  isMember: false,
  isTaken: false,
};

describe('a login that can neither take on the role nor do without it', () => {
  it.each([
    [
      { exists: false },
      /^there is no role .*: CREATE ROLE portcullis_app NOLOGIN; GRANT portcullis_app TO "s"; then as the login o, .* run npx portcullis migrate, /,
    ],
    [{}, /^the login s is no member of the role .*: GRANT portcullis_app TO "s"$/],
    [
      { isMember: true },
      /^the login s is a member of .* may not take it on; .*: GRANT portcullis_app TO "s" WITH SET TRUE$/,
    ],
  ])('is told what is so, and never to run what was run: %j', (change, sentence) => {
    expect(explainNotTaken({ ...STATE, ...change }, 's')).toMatch(sentence);
  });
});
