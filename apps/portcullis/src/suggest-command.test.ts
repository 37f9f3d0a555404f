import { expect, it } from 'vitest';
import { PROGRAM_NAME } from './program-name.js';
import { suggestWith } from './suggest-command.js';

it('puts what leads to the store before the operands, which may begin with a hyphen', () => {
  const suggest = suggestWith(' --data-dir /srv/gate');
  expect(suggest('clients list')).toBe(`${PROGRAM_NAME} clients list --data-dir /srv/gate`);
  expect(suggest('keys retire', '-- -KEY')).toBe(`${PROGRAM_NAME} keys retire --data-dir /srv/gate -- -KEY`);
  expect(suggestWith('')('clients list')).toBe(`${PROGRAM_NAME} clients list`);
});
