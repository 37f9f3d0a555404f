import { describe, expect, it } from 'vitest';
import { findUnbalancedTag } from './balanced-tags.js';

describe('findUnbalancedTag', () => {
  it('accepts what nests', () => {
    expect(findUnbalancedTag('<!doctype html><p id="a" hidden>x<br><svg><path d="M0 0"/></svg></p>')).toBeUndefined();
  });

  it.each(['<p>', '<p><b></p></b>', '</p>', '<p title=x></p>', 'a < b', '<p title="<">x</p>'])(
    'refuses %s',
    (document) => {
      expect(findUnbalancedTag(document)).toBeDefined();
    },
  );
});
