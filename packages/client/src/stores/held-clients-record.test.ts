import { expect, it } from 'vitest';
import { heldClientsRecord, parseHeldClients } from './held-clients-record.js';

it('says of each client which authorization server it is held to', () => {
  const held = new Map([
    ['one', 'https://as.example'],
    ['__proto__', 'https://as2.example'],
  ]);
  expect(parseHeldClients(JSON.parse(JSON.stringify(heldClientsRecord(held))))).toEqual(held);
});

it.each([
  [undefined],
  [{}],
  [{ clients: 'one' }],
  [{ clients: [null, 1, 'one', ['one'], { client_id: 'one' }, { client_id: 1, issuer: 'https://as.example' }] }],
])('says nothing where it is malformed: %j', (record) => {
  expect(parseHeldClients(record)).toEqual(new Map());
});
