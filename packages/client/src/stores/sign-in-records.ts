import { isStoreLocked } from '../oauth-client-error.js';
import type { ClientStore, RecordKey } from './client-store.js';
import { parseSignInsRecord, type StartedSignIn, signInsRecord } from './sign-in-record.js';

/** How long a person may take, where the response comes to the application. */
export const MAX_SIGN_IN_SECONDS = 3600;
/** Sign-ins that wait at once for one server and profile. The oldest gives way: nobody has that many tabs open. */
export const MAX_SIGN_INS = 32;

/** The sign-ins at one server, under one profile, that wait for their responses: one for each tab of a browser, say. */
export interface SignInRecords {
  /** The one of this `state`; undefined where none is. */
  loadSignIn(state: string): Promise<StartedSignIn | undefined>;
  /** Beside those that are under way. Those whose time is over are forgotten by the way. */
  saveSignIn(signIn: StartedSignIn): Promise<void>;
  /** Takes the one of this `state` away. Of all who try, one succeeds. */
  takeSignIn(state: string): Promise<boolean>;
  /** Forgets them all. */
  removeSignIns(): Promise<void>;
}

/** The sign-ins at the server at `serverUrl`. They share a record, so that their number has a bound. */
export function createSignInRecords(store: ClientStore, serverUrl: URL, profile: string): SignInRecords {
  const key: RecordKey = { kind: 'sign_in', issuer: '', resource: serverUrl.href, profile };

  const load = async (): Promise<readonly StartedSignIn[]> => parseSignInsRecord(await store.load(key));

  /** Those that a key which is gone has shut in can be ended by nobody. */
  async function loadReadable(): Promise<readonly StartedSignIn[]> {
    try {
      return await load();
    } catch (error) {
      if (isStoreLocked(error)) return [];
      throw error;
    }
  }

  return {
    loadSignIn: async (wanted) => (await load()).find(({ state }) => state === wanted),
    saveSignIn: (signIn) =>
      store.withLease(key, async () => {
        const oldest = signIn.startedAtEpochSeconds - MAX_SIGN_IN_SECONDS;
        const others = (await loadReadable()).filter(({ startedAtEpochSeconds }) => startedAtEpochSeconds >= oldest);
        await store.save(key, signInsRecord([...others, signIn].slice(-MAX_SIGN_INS)));
      }),
    takeSignIn: (taken) =>
      store.withLease(key, async () => {
        const all = await load();
        const others = all.filter(({ state }) => state !== taken);
        if (others.length === all.length) return false;
        await (others.length === 0 ? store.remove(key) : store.save(key, signInsRecord(others)));
        return true;
      }),
    removeSignIns: () => store.withLease(key, () => store.remove(key)),
  };
}
