import { expect, it } from 'vitest';
import { displayClientName } from './client-name.js';

it.each([
  ['Inspector', 'Inspector'],
  ['  two\n lines ', 'two lines'],
  ['', 'An application without a name'],
  ['\u200B\u202E ', 'An application without a name'],
])('CB-04 shows the client name %j as %s', (clientName, shown) => {
  expect(displayClientName(clientName)).toBe(shown);
});
