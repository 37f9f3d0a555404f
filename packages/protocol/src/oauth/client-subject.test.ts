import { expect, it } from 'vitest';
import { clientOfSubject, clientSubject, isClientSubject } from './client-subject.js';

it.each(['svc', 'subject-of-alice', 'client:svc', ''])('XG-07 the subject of the client %j leads back to it', (id) => {
  expect(clientSubject(id)).not.toBe(id);
  expect(isClientSubject(clientSubject(id))).toBe(true);
  expect(clientOfSubject(clientSubject(id))).toBe(id);
});

it.each(['', 'alice', 'Client:svc', 'clientsvc', ' client:svc'])('XG-07 the subject %j is of no client', (subject) => {
  expect([isClientSubject(subject), clientOfSubject(subject)]).toEqual([false, undefined]);
});
