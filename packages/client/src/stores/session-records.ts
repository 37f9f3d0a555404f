import { isStoreLocked } from '../oauth-client-error.js';
import type { ClientStore, RecordKey } from './client-store.js';
import {
  bindingRecord,
  parseBindingRecord,
  parseRegistrationRecord,
  parseTokenRecord,
  type Registration,
  registrationRecord,
  type ServerBinding,
  type TokenSet,
  tokenRecord,
} from './records.js';
import { parseSignInRecord, type StartedSignIn, signInRecord } from './sign-in-record.js';

/** The records of one server and one profile in a {@link ClientStore}. */
export interface SessionRecords {
  loadBinding(): Promise<ServerBinding | undefined>;
  saveBinding(binding: ServerBinding): Promise<void>;
  removeBinding(): Promise<void>;
  loadTokens(place: ServerBinding): Promise<TokenSet | undefined>;
  /** The same for a sign-in, which replaces them: none where the key that they were sealed with is not there. */
  loadReadableTokens(place: ServerBinding): Promise<TokenSet | undefined>;
  saveTokens(place: ServerBinding, tokens: TokenSet): Promise<void>;
  removeTokens(place: ServerBinding): Promise<void>;
  loadRegistration(place: ServerBinding): Promise<Registration | undefined>;
  /** The same for a sign-in, which makes another one: none where the key that it was sealed with is not there. */
  loadReadableRegistration(place: ServerBinding): Promise<Registration | undefined>;
  saveRegistration(place: ServerBinding, registration: Registration): Promise<void>;
  removeRegistration(place: ServerBinding): Promise<void>;
  /** The sign-in that waits for its response: one at most, the last that began. */
  loadSignIn(): Promise<StartedSignIn | undefined>;
  saveSignIn(signIn: StartedSignIn): Promise<void>;
  /** Takes it away, if it is that of this `state`. Of all who try, one succeeds. */
  takeSignIn(state: string): Promise<boolean>;
  removeSignIn(): Promise<void>;
  /** One at a time, of all who share the store and this server and profile. */
  withLease<Value>(work: () => Promise<Value>): Promise<Value>;
}

/** The records of the server at `serverUrl`. */
export function createSessionRecords(store: ClientStore, serverUrl: URL, profile: string): SessionRecords {
  const bindingKey: RecordKey = { kind: 'server', issuer: '', resource: serverUrl.href, profile };
  const issuerOf = ({ issuer, isLegacy }: ServerBinding): string => (isLegacy ? `2025-03-26 ${issuer}` : issuer);
  const tokensKey = (place: ServerBinding): RecordKey => {
    return { kind: 'tokens', issuer: issuerOf(place), resource: place.resource, profile };
  };
  const registrationKey = (place: ServerBinding): RecordKey => {
    return { kind: 'registration', issuer: issuerOf(place), resource: '', profile };
  };
  const loadTokens = async (place: ServerBinding): Promise<TokenSet | undefined> =>
    parseTokenRecord(await store.load(tokensKey(place)), place);
  const unlessLocked = (error: unknown): undefined => {
    if (!isStoreLocked(error)) throw error;
  };
  const loadRegistration = async (place: ServerBinding): Promise<Registration | undefined> =>
    parseRegistrationRecord(await store.load(registrationKey(place)), place.issuer);
  const signInKey: RecordKey = { kind: 'sign_in', issuer: '', resource: serverUrl.href, profile };
  const loadSignIn = async (): Promise<StartedSignIn | undefined> => parseSignInRecord(await store.load(signInKey));
  return {
    loadBinding: async () => parseBindingRecord(await store.load(bindingKey)),
    saveBinding: (binding) => store.save(bindingKey, bindingRecord(binding)),
    removeBinding: () => store.remove(bindingKey),
    loadTokens,
    loadReadableTokens: (place) => loadTokens(place).catch(unlessLocked),
    saveTokens: (place, tokens) => store.save(tokensKey(place), tokenRecord(tokens)),
    removeTokens: (place) => store.remove(tokensKey(place)),
    loadRegistration,
    loadReadableRegistration: (place) => loadRegistration(place).catch(unlessLocked),
    saveRegistration: (place, registration) => store.save(registrationKey(place), registrationRecord(registration)),
    removeRegistration: (place) => store.remove(registrationKey(place)),
    loadSignIn,
    saveSignIn: (signIn) => store.withLease(signInKey, () => store.save(signInKey, signInRecord(signIn))),
    takeSignIn: (state) =>
      store.withLease(signInKey, async () => {
        if ((await loadSignIn())?.state !== state) return false;
        await store.remove(signInKey);
        return true;
      }),
    removeSignIn: () => store.withLease(signInKey, () => store.remove(signInKey)),
    withLease: (work) => store.withLease(bindingKey, work),
  };
}
