import { resourceServer } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { registeredUpstreams } from './registered-upstreams.js';

const registered = (identifier: string) => resourceServer({ resource: { ...resourceServer().resource, identifier } });

it('tells of the upstreams that are registered besides, in whichever spelling, and of no others', () => {
  const files = { resource: 'https://gate.test/files/mcp' };
  const mail = { resource: 'https://gate.test/mail/mcp' };
  const tell = (...identifiers: string[]) => registeredUpstreams([files, mail], identifiers.map(registered));
  expect(tell('https://GATE.test/files/mcp', 'https://elsewhere.test/mail/mcp')).toEqual([files]);
  expect(tell('https://gate.test/mcp', 'https://gate.test/files/mcp/')).toEqual([]);
  expect(tell()).toEqual([]);
});
