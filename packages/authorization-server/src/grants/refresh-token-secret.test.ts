import { nodePlatform } from '@portcullis/ports/node';
import { describe, expect, it } from 'vitest';
import { createRefreshToken, createSuccessor, deriveSuccessor, isRefreshToken } from './refresh-token-secret.js';

const ends = { grant: { grantId: 'g', expiresAtEpochSeconds: 1000 }, idleSeconds: 600, now: 100 };

describe('a successor', () => {
  const first = createRefreshToken(nodePlatform, ends);
  const successor = createSuccessor(nodePlatform, first.refreshToken, ends);

  it('TK-02 is made again from its predecessor and its salt, the same one', () => {
    expect(deriveSuccessor(nodePlatform, first.refreshToken, successor.salt)).toBe(successor.refreshToken);
    expect(successor.stored.tokenHash).toBe(nodePlatform.hash(successor.refreshToken));
    expect(isRefreshToken(successor.refreshToken)).toBe(true);
  });

  it('is another one for another predecessor, and for another salt', () => {
    const other = createRefreshToken(nodePlatform, ends);
    expect(deriveSuccessor(nodePlatform, other.refreshToken, successor.salt)).not.toBe(successor.refreshToken);
    const again = createSuccessor(nodePlatform, first.refreshToken, ends);
    expect(again.salt).not.toBe(successor.salt);
    expect(again.refreshToken).not.toBe(successor.refreshToken);
  });

  it('ends when idle, and never later than its grant', () => {
    expect(successor.stored.expiresAtEpochSeconds).toBe(700);
    const late = createSuccessor(nodePlatform, first.refreshToken, { ...ends, now: 900 });
    expect(late.stored.expiresAtEpochSeconds).toBe(1000);
  });
});
