import { StorageUnavailableError } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { breaksConnection, isCollision, toStorageError, unavailableReason } from './unavailable.js';

function withCode(code: string, message = 'x'): Error {
  return Object.assign(new Error(message), { code });
}

describe('an error of the driver', () => {
  it.each([
    ['08006', 'the connection was lost'],
    ['25006', 'it is read-only'],
    ['28P01', 'the password is wrong'],
    ['28000', 'the login is refused'],
    ['3D000', 'there is no such database'],
    ['40001', 'other transactions were in the way'],
    ['40P01', 'other transactions were in the way'],
    ['53100', 'its disk is full'],
    ['53200', 'it is out of resources'],
    ['53300', 'it has too many connections'],
    ['55P03', 'a lock was held for too long'],
    ['57014', 'a statement took too long'],
    ['57P01', 'it is shutting down or starting'],
    ['57P03', 'it is shutting down or starting'],
    ['58030', 'its system failed'],
    ['ECONNREFUSED', 'nothing listens there'],
    ['ECONNRESET', 'the connection was lost'],
    ['ENOTFOUND', 'its name is unknown'],
  ])('%s is: %s', (code, reason) => {
    const error = withCode(code);
    expect(unavailableReason(error)).toBe(reason);
    const thrown = toStorageError(error);
    expect(thrown).toBeInstanceOf(StorageUnavailableError);
    expect(thrown).toMatchObject({ message: `The database cannot answer: ${reason}`, cause: error });
  });

  it.each([
    ['Connection terminated unexpectedly', 'the connection was lost'],
    ['Connection terminated due to connection timeout', 'it did not answer in time'],
    ['Query read timeout', 'it did not answer in time'],
    ['timeout exceeded when trying to connect', 'all connections were busy for too long'],
    ['Client has encountered a connection error and is not queryable', 'the connection was lost'],
  ])('that has no code is known by the words of the driver: %s', (message, reason) => {
    expect(unavailableReason(new Error(message))).toBe(reason);
  });

  it('of a pooler has no code of its own, and is told in its words', () => {
    expect(unavailableReason(withCode('08P01', 'query_wait_timeout'))).toBe(
      'the server, or a pooler before it, broke off with: query_wait_timeout',
    );
  });

  it('of any other kind stays what it is', () => {
    for (const error of [
      withCode('23505'),
      withCode('42501'),
      withCode('EISDIR'),
      new Error('a bug'),
      'words',
      undefined,
    ]) {
      expect(unavailableReason(error)).toBeUndefined();
      expect(toStorageError(error)).toBe(error);
    }
  });

  it('ST-01 loses what the server repeats of a row', () => {
    const error = Object.assign(withCode('23505'), {
      detail: 'Key (username)=(alice) exists',
      where: 'x',
      table: 'users',
    });
    expect(toStorageError(error)).toBe(error);
    expect(error).not.toHaveProperty('detail');
    expect(error).not.toHaveProperty('where');
    expect(error.table).toBe('users');
  });

  it('breaks a connection unless the server answered with it, goes on and can be written to', () => {
    const breaking = ['57P01', '08006', '25P03', '25006', 'ECONNRESET'].map((code) => withCode(code));
    expect([...breaking, new Error('x')].filter((error) => !breaksConnection(error))).toEqual([]);
    expect([withCode('23505'), withCode('57014'), withCode('40P01')].map(breaksConnection)).toEqual([
      false,
      false,
      false,
    ]);
  });

  it('is a collision only where the whole transaction is to be tried again', () => {
    expect([withCode('40001'), withCode('40P01')].map(isCollision)).toEqual([true, true]);
    expect([withCode('23505'), withCode('55P03'), new Error('x')].map(isCollision)).toEqual([false, false, false]);
  });
});
