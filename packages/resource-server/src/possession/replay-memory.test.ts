import { describe, expect, it } from 'vitest';
import { createReplayMemory } from './replay-memory.js';

describe('createReplayMemory (RFC 9449 §11.1)', () => {
  it('PD-03 lets each proof be used once, until it may be forgotten', () => {
    const memory = createReplayMemory();
    expect([memory.use('a', 200, 100), memory.use('a', 200, 100), memory.use('b', 200, 100)]).toEqual([
      true,
      false,
      true,
    ]);
    expect([memory.use('a', 200, 199), memory.use('a', 300, 200), memory.use('a', 300, 200)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('PD-03 has forgotten nothing that is still to be remembered when the clock goes back', () => {
    const memory = createReplayMemory();
    memory.use('a', 200, 100);
    memory.use('b', 230, 130);
    expect([memory.use('a', 200, 70), memory.use('b', 230, 100)]).toEqual([false, false]);
  });

  it('drops none to make room for another, and has room again when one has expired', () => {
    const memory = createReplayMemory({ maxProofs: 2 });
    memory.use('a', 200, 100);
    memory.use('b', 201, 100);
    expect(() => memory.use('c', 201, 100)).toThrow('full');
    expect([memory.use('a', 200, 100), memory.use('c', 300, 200), memory.use('b', 201, 200)]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it('keeps no more than it says', () => {
    for (const maxProofs of [0, 1.5, Number.NaN]) expect(() => createReplayMemory({ maxProofs })).toThrow(TypeError);
  });
});
