import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { IN_PLAIN_WORDS } from './describe-issue.js';

describe('what is wrong with a value', () => {
  it.each<[z.ZodType, unknown, string]>([
    [z.string(), undefined, 'is required'],
    [z.string(), 7, 'must be a text, not a number'],
    [z.string(), null, 'must be a text, not nothing'],
    [z.number().int(), 'canary', 'must be a number, not a text'],
    [z.number().int(), 1.5, 'must be a whole number, not a fraction'],
    [z.boolean(), ['canary'], 'must be true or false, not a list'],
    [z.array(z.string()), {}, 'must be a list, not a mapping'],
    [z.object({}), true, 'must be a mapping, not true or false'],
    [z.string().min(1), '', 'must not be empty'],
    [z.array(z.string()).min(1), [], 'must not be empty'],
    [z.string().min(3), 'a', 'must have at least 3 characters'],
    [z.string().max(3), 'canary', 'must have at most 3 characters'],
    [z.array(z.string()).max(1), ['a', 'b'], 'must have at most 1 entries'],
    [z.number().min(330), 1, 'must be at least 330'],
    [z.number().max(80), 81, 'must be at most 80'],
    [z.enum(['a', 'b']), 'canary', 'must be one of a, b'],
    [z.literal(false), true, 'must be false'],
    [z.string({ error: 'has words of its own' }), 7, 'has words of its own'],
  ])('is said in plain words', (schema, value, words) => {
    expect(schema.safeParse(value, IN_PLAIN_WORDS).error?.issues[0]?.message).toBe(words);
  });
});
