import type { Issuer } from '@portcullis/protocol';
import { isStoreLocked } from '../oauth-client-error.js';
import type { ClientStore, RecordKey } from './client-store.js';
import { heldClientsRecord, parseHeldClients } from './held-clients-record.js';
import {
  bindingRecord,
  parseBindingRecord,
  parseRegistrationsRecord,
  parseTokenRecord,
  type Registration,
  registrationsRecord,
  type ServerBinding,
  type TokenSet,
  tokenRecord,
} from './records.js';
import { createSignInRecords, type SignInRecords } from './sign-in-records.js';

/** The records of one server and one profile in a {@link ClientStore}. */
export interface SessionRecords extends SignInRecords {
  loadBinding(): Promise<ServerBinding | undefined>;
  saveBinding(binding: ServerBinding): Promise<void>;
  removeBinding(): Promise<void>;
  /** That of a person, which was everybody's once. */
  loadPersonsBinding(): Promise<ServerBinding | undefined>;
  loadTokens(place: ServerBinding): Promise<TokenSet | undefined>;
  /** Those of where the server was signed in at. */
  loadBoundTokens(): Promise<TokenSet | undefined>;
  /** The same for a sign-in, which replaces them: none where the key that they were sealed with is not there. */
  loadReadableTokens(place: ServerBinding): Promise<TokenSet | undefined>;
  saveTokens(place: ServerBinding, tokens: TokenSet): Promise<void>;
  removeTokens(place: ServerBinding): Promise<void>;
  /** All of them, newest first: one for each way in which this program is called back. */
  loadRegistrations(place: ServerBinding): Promise<readonly Registration[]>;
  /** The same for a sign-in, which makes another one: none where the key that they were sealed with is not there. */
  loadReadableRegistrations(place: ServerBinding): Promise<readonly Registration[]>;
  /** Where those are called back. */
  loadRedirectUris(place: ServerBinding): Promise<readonly string[]>;
  /** Keeps it as the newest, beside some of the others, which other sign-ins may be at. */
  saveRegistration(place: ServerBinding, registration: Registration): Promise<void>;
  /** @param clientId - which one. @defaultValue all of that authorization server */
  removeRegistration(place: ServerBinding, clientId?: string): Promise<void>;
  /** The authorization server that a client which was registered by hand is held to at this server. */
  loadHeldClient(clientId: string): Promise<Issuer | undefined>;
  holdClient(clientId: string, issuer: Issuer): Promise<void>;
  /**
   * One at a time, of all who share the store, the profile and the server's origin: servers of one origin may be one
   * resource, whose tokens they share. Nothing that waits for a person is done in it.
   */
  withLease<Value>(work: () => Promise<Value>): Promise<Value>;
  /** The same of those who want to ask a person about this server, for as long as the person takes. */
  withPerson<Value>(work: () => Promise<Value>): Promise<Value>;
}

/** Registrations that are kept of one authorization server. */
const MAX_REGISTRATIONS = 8;

/**
 * The records of the server at `serverUrl`.
 *
 * @param actor - in whose name tokens are kept: a machine's are none of the person's. @defaultValue "", a person
 */
export function createSessionRecords(store: ClientStore, serverUrl: URL, profile: string, actor = ''): SessionRecords {
  const { href, origin } = serverUrl;
  const bindingKey: RecordKey = { kind: 'server', issuer: actor, resource: href, profile };
  const heldClientsKey: RecordKey = { kind: 'held_clients', issuer: '', resource: href, profile };
  const issuerOf = ({ issuer, isLegacy }: ServerBinding): string => (isLegacy ? `2025-03-26 ${issuer}` : issuer);
  const tokensKey = (place: ServerBinding): RecordKey => {
    const issuer = actor === '' ? issuerOf(place) : `${actor} ${issuerOf(place)}`;
    return { kind: 'tokens', issuer, resource: place.resource, profile };
  };
  const registrationKey = (place: ServerBinding): RecordKey => {
    return { kind: 'registration', issuer: issuerOf(place), resource: '', profile };
  };
  const loadRegistrations = async (place: ServerBinding): Promise<readonly Registration[]> =>
    parseRegistrationsRecord(await store.load(registrationKey(place)), place.issuer);
  const loadReadableRegistrations = (place: ServerBinding): Promise<readonly Registration[]> =>
    loadRegistrations(place).catch(ifLocked([]));
  const changeRegistrations = (
    place: ServerBinding,
    change: (kept: readonly Registration[]) => readonly Registration[],
  ): Promise<void> =>
    store.withLease(registrationKey(place), async () => {
      const [first, ...others] = change(await loadReadableRegistrations(place));
      const key = registrationKey(place);
      await (first === undefined ? store.remove(key) : store.save(key, registrationsRecord([first, ...others])));
    });
  const loadBinding = async (): Promise<ServerBinding | undefined> => parseBindingRecord(await store.load(bindingKey));
  const loadTokens = async (place: ServerBinding): Promise<TokenSet | undefined> =>
    parseTokenRecord(await store.load(tokensKey(place)), place);
  return {
    ...createSignInRecords(store, serverUrl, profile),
    loadBinding,
    saveBinding: (binding) => store.save(bindingKey, bindingRecord(binding)),
    removeBinding: () => store.remove(bindingKey),
    loadPersonsBinding: async () => parseBindingRecord(await store.load({ ...bindingKey, issuer: '' })),
    loadTokens,
    loadReadableTokens: (place) => loadTokens(place).catch(ifLocked(undefined)),
    async loadBoundTokens() {
      const binding = await loadBinding();
      return binding === undefined ? undefined : loadTokens(binding);
    },
    saveTokens: (place, tokens) => store.save(tokensKey(place), tokenRecord(tokens)),
    removeTokens: (place) => store.remove(tokensKey(place)),
    loadRegistrations,
    loadReadableRegistrations,
    loadRedirectUris: async (place) =>
      (await loadReadableRegistrations(place)).flatMap(({ redirectUris }) => redirectUris),
    saveRegistration: (place, registration) =>
      changeRegistrations(place, (kept) =>
        [registration, ...kept.filter(({ clientId }) => clientId !== registration.clientId)].slice(
          0,
          MAX_REGISTRATIONS,
        ),
      ),
    removeRegistration: (place, clientId) =>
      clientId === undefined
        ? store.remove(registrationKey(place))
        : changeRegistrations(place, (kept) => kept.filter((one) => one.clientId !== clientId)),
    loadHeldClient: async (clientId) => parseHeldClients(await store.load(heldClientsKey)).get(clientId),
    async holdClient(clientId, issuer) {
      const load = async () => parseHeldClients(await store.load(heldClientsKey).catch(ifLocked(undefined)));
      if ((await load()).get(clientId) === issuer) return;
      await store.withLease(heldClientsKey, async () =>
        store.save(heldClientsKey, heldClientsRecord(new Map([...(await load()), [clientId, issuer]]))),
      );
    },
    withLease: (work) => store.withLease({ kind: 'tokens', issuer: '', resource: origin, profile }, work),
    withPerson: (work) => store.withLease({ kind: 'sign_in', issuer: 'person', resource: href, profile }, work),
  };
}

/** What counts in place of a record whose key is not there. */
function ifLocked<Value>(value: Value): (error: unknown) => Value {
  return (error) => {
    if (isStoreLocked(error)) return value;
    throw error;
  };
}
