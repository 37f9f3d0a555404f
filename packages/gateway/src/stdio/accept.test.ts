import { expect, it } from 'vitest';
import { parseAnswerForms } from './accept.js';

it.each([
  [undefined, true, false],
  ['*/*', true, false],
  ['application/json', true, false],
  ['text/event-stream', false, true],
  ['application/json, text/event-stream', true, true],
  ['Application/JSON;q=0.9,Text/Event-Stream ; q=1', true, true],
  ['text/html', true, false],
])('reads Accept: %s', (accept, json, eventStream) => {
  expect(parseAnswerForms(accept === undefined ? {} : { accept })).toEqual({ json, eventStream });
});
