import type { JsonObject } from '@portcullis/protocol';

/** What a record is for. All of it is compared: a record under another key is another record. */
export interface RecordKey {
  /**
   * `server`: which authorization server a server was signed in at. `registration`: this client at an authorization
   * server. `tokens`: the tokens of one authorization server for one resource. `sign_in`: the sign-ins at a server that wait
   * for their responses. `held_clients`: the authorization servers that clients registered by hand are held to at a server.
   */
  readonly kind: 'server' | 'registration' | 'tokens' | 'sign_in' | 'held_clients';
  /**
   * The authorization server, of `registration` and `tokens`. Before it, or alone, a word that tells apart what else is kept
   * of the same thing; no issuer has a space in it.
   */
  readonly issuer: string;
  /** The resource of `tokens`; empty for `registration`; else the URL of the server. Of a lease its origin. */
  readonly resource: string;
  /** Keeps several accounts at one server apart. */
  readonly profile: string;
}

/**
 * Where a client keeps what it must not lose and must not leak. Records are JSON objects; whoever reads one checks its
 * shape. A store that other processes share makes each act atomic.
 */
export interface ClientStore {
  /** Undefined where there is none, or one that is damaged. @throws where it cannot be read, or not with the keys there are */
  load(key: RecordKey): Promise<JsonObject | undefined>;
  /** All of it or nothing. @throws where it cannot be kept */
  save(key: RecordKey, record: JsonObject): Promise<void>;
  remove(key: RecordKey): Promise<void>;
  /**
   * Runs `work` while nobody else who asks for the same key does, in this process or another one that shares the store.
   * Waits for whoever is at it. One that died holds it up for ten seconds at most.
   */
  withLease<Value>(key: RecordKey, work: () => Promise<Value>): Promise<Value>;
}

/** One text for a key: equal for equal keys only. */
export function formatRecordKey({ kind, issuer, resource, profile }: RecordKey): string {
  return JSON.stringify([kind, issuer, resource, profile]);
}
