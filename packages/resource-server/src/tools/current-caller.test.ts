import { describe, expect, it, vi } from 'vitest';
import { toAuthInfo } from '../adapters/auth-info.js';
import { currentCaller } from './current-caller.js';
import { authInfoOf, callerWith } from './testing/test-callers.js';
import { withCaller } from './with-caller.js';

describe('currentCaller', () => {
  it('finds the caller after what a handler awaits, and in what it calls', async () => {
    const deep = async (): Promise<string> => {
      await Promise.resolve();
      return currentCaller().subject;
    };
    const handler = withCaller(async (_extra: object) => {
      await Promise.resolve();
      return deep();
    });
    expect(await handler({ authInfo: authInfoOf(callerWith({ subject: 'carol' })) })).toBe('carol');
  });

  it('is the innermost one where handlers call each other', () => {
    const inner = withCaller((_extra: object) => currentCaller().subject);
    const outer = withCaller((_extra: object) => [
      inner({ authInfo: authInfoOf(callerWith({ subject: 'bob' })) }),
      currentCaller().subject,
    ]);
    expect(outer({ authInfo: authInfoOf(callerWith({ subject: 'alice' })) })).toEqual(['bob', 'alice']);
  });

  it('takes a context in any handler, whatever is around it', () => {
    const bob = { http: { authInfo: authInfoOf(callerWith({ subject: 'bob' })) } };
    expect(currentCaller(bob).subject).toBe('bob');
    const handler = withCaller((_extra: object) => currentCaller(bob).subject);
    expect(handler({ authInfo: authInfoOf(callerWith({ subject: 'alice' })) })).toBe('bob');
    expect(() => currentCaller({})).toThrow('no guard stands before it');
    expect(() => currentCaller({ authInfo: { clientId: 'x' } })).toThrow('made by another verifier');
  });

  it('says what to do outside a handler', () => {
    expect(() => currentCaller()).toThrow('wrap it, or give currentCaller() the last argument of your handler');
  });

  it('needs no AsyncLocalStorage where a context is given', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined as never);
    // A copy of its own: files of tests share the modules that are loaded.
    const copy = './current-caller.js?without-storage';
    const fresh = (await import(copy)) as typeof import('./current-caller.js');
    const extra = { authInfo: toAuthInfo(callerWith(), 't') };
    expect(fresh.runAs(callerWith(), () => 'ran')).toBe('ran');
    expect(fresh.currentCaller(extra).subject).toBe('alice');
    expect(() => fresh.currentCaller()).toThrow('no AsyncLocalStorage');
    // The file after this one would get the module that found none.
    vi.resetModules();
  });
});
