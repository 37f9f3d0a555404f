import { chmodSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TransportResult } from '../../../http/transport.js';
import { createSessionFetch } from '../../../oauth-fetch.js';
import type { ClientStore, RecordKey } from '../../../stores/client-store.js';
import { createFileStore } from '../../file-store.js';
import {
  apart,
  type BrokenClient,
  isForm,
  soundParts,
  withAnswer,
  withForm,
  withParts,
  withTransport,
} from './break-client.js';
import { assemble, type ClientFactory, shippedParts } from './judged-client.js';

/** The shipped client with another store, in memory. */
function withStore(change: (store: ClientStore) => Partial<ClientStore>): ClientFactory {
  return withParts(({ store }) => ({ store: { ...store, ...change(store) } }));
}

/** The shipped client, with its files and another store over them. */
function withFiles(change: (directory: string, key: Uint8Array<ArrayBuffer>) => Partial<ClientStore>): ClientFactory {
  return (seams) => {
    const parts = shippedParts(seams);
    return assemble(seams, { ...parts, store: { ...parts.store, ...change(seams.directory, seams.key) } });
  };
}

const EMPTY: TransportResult = { ok: true, value: { status: 200, headers: new Headers(), body: new Uint8Array() } };

/** A client that edits what it tells a server when it signs out: `tell` sends what it is given, and answers for the rest. */
function withRevocation(
  change: (kind: string, send: () => Promise<TransportResult>) => Promise<TransportResult>,
): ClientFactory {
  return withTransport(() => (request, next) => {
    const kind = new URLSearchParams(request.body).get('token_type_hint');
    return kind === null ? next(request) : change(kind, () => next(request));
  });
}

/** A client in which each call that comes while another one is under way looks after its token alone. */
const unshared: ClientFactory = (seams) => {
  const parts = { ...soundParts(seams), store: withoutLeases(seams.memory) };
  const client = assemble(seams, parts);
  const session = apart(client.session, () => assemble(seams, parts).session);
  return { ...client, fetch: (input, init) => createSessionFetch(session, parts.fetch)(input, init) };
};

function withoutLeases(store: ClientStore): ClientStore {
  return { ...store, withLease: (_key, work) => work() };
}

/** Clients that renew, keep and end their tokens wrongly. */
export const BROKEN_LIFETIMES: readonly BrokenClient[] = [
  { what: 'refreshes for each call', finding: 'refresh_not_shared', start: unshared },
  {
    what: 'refreshes without resource',
    finding: 'resource_at_refresh',
    start: withForm((form) => {
      if (form.get('grant_type') === 'refresh_token') form.delete('resource');
    }),
  },
  {
    what: 'refreshes with another resource',
    finding: 'resource_at_refresh',
    start: withForm((form) => {
      if (form.get('grant_type') === 'refresh_token') form.set('resource', `${form.get('resource')}/`);
    }),
  },
  {
    what: 'keeps the refresh token it had',
    finding: 'old_refresh_token_used',
    start: withAnswer((json, request) => {
      if (isForm(request) && new URLSearchParams(request.body).has('refresh_token')) delete json['refresh_token'];
    }),
  },
  {
    what: 'takes a server in trouble for a refusal',
    finding: 'tokens_dropped_on_5xx',
    start: withTransport(() => async (request, next) => {
      const answer = await next(request);
      if (!answer.ok || answer.value.status < 500 || !isForm(request)) return answer;
      const body = new TextEncoder().encode('{"error":"invalid_grant"}');
      return { ok: true, value: { status: 400, headers: new Headers(), body } };
    }),
  },
  {
    what: 'does not read Retry-After',
    finding: 'retry_after_ignored',
    start: withTransport(() => async (request, next) => {
      const answer = await next(request);
      return answer.ok ? { ok: true, value: { ...answer.value, headers: new Headers() } } : answer;
    }),
  },
  {
    what: 'keeps tokens that were refused for good',
    finding: 'dead_refresh_token_used_again',
    start: withStore((store) => ({
      remove: async (key) => (key.kind === 'tokens' ? undefined : store.remove(key)),
    })),
  },
  {
    what: 'forgets its registration with its tokens',
    finding: 'registered_again',
    start: withParts(({ store, transport }) => {
      let registration: RecordKey | undefined;
      return {
        store: {
          ...store,
          load(key) {
            if (key.kind === 'registration') registration = key;
            return store.load(key);
          },
        },
        async transport(request) {
          const answer = await transport(request);
          const isRefused = answer.ok && answer.value.status === 400 && isForm(request);
          if (isRefused && registration !== undefined) await store.remove(registration);
          return answer;
        },
      };
    }),
  },
  {
    what: 'does not keep when a token ends',
    finding: 'expired_token_sent',
    start: withStore((store) => ({ save: (key, { expires_at: _end, ...record }) => store.save(key, record) })),
  },
  {
    what: 'counts the life of a token from when it was loaded',
    finding: 'expired_token_sent',
    start: withParts(({ store }, { now }) => ({
      store: {
        ...store,
        async load(key) {
          const record = await store.load(key);
          const { issued_at: from, expires_at: to } = record ?? {};
          if (typeof from !== 'number' || typeof to !== 'number') return record;
          return { ...record, issued_at: now(), expires_at: now() + to - from };
        },
      },
    })),
  },
  {
    what: 'ends the access token alone',
    finding: 'refresh_token_not_revoked',
    start: withRevocation(async (kind, send) => (kind === 'refresh_token' ? EMPTY : send())),
  },
  {
    what: 'ends the refresh token alone',
    finding: 'access_token_not_revoked',
    start: withRevocation(async (kind, send) => (kind === 'access_token' ? EMPTY : send())),
  },
  {
    what: 'ends the access token first',
    finding: 'access_token_revoked_first',
    start: ((): ClientFactory => {
      let later: (() => Promise<TransportResult>) | undefined;
      return withRevocation(async (kind, send) => {
        if (kind === 'refresh_token') {
          later = send;
          return EMPTY;
        }
        await send();
        return later?.() ?? EMPTY;
      });
    })(),
  },
  {
    what: 'keeps its tokens where the server does not end them',
    finding: 'token_kept_after_sign_out',
    start(seams) {
      const parts = soundParts(seams);
      let held: RecordKey[] | undefined;
      const remove = async (key: RecordKey): Promise<void> => {
        if (held === undefined) await parts.store.remove(key);
        else held.push(key);
      };
      const client = assemble(seams, { ...parts, store: { ...parts.store, remove } });
      return {
        ...client,
        async signOut() {
          const keys: RecordKey[] = [];
          held = keys;
          const outcome = await client.session.signOut();
          held = undefined;
          if (outcome === 'revoked') for (const key of keys) await parts.store.remove(key);
        },
      };
    },
  },
  {
    what: 'lets others read its files',
    finding: 'store_readable_by_others',
    start: withFiles((directory, key) => {
      const { save } = createFileStore({ directory, source: 'environment', key });
      return {
        async save(recordKey, record) {
          await save(recordKey, record);
          for (const name of readdirSync(directory))
            if (name.endsWith('.json')) chmodSync(join(directory, name), 0o644);
        },
      };
    }),
  },
  {
    what: 'does not seal its files',
    finding: 'secret_in_plain',
    start: withFiles((directory) => createFileStore({ directory, key: undefined })),
  },
  {
    what: 'keeps the key beside what it protects',
    finding: 'key_beside_records',
    start: withFiles((directory, key) => {
      const { save } = createFileStore({ directory, source: 'environment', key });
      return {
        async save(recordKey, record) {
          await save(recordKey, record);
          writeFileSync(join(directory, 'key'), Buffer.from(key).toString('hex'), { mode: 0o600 });
        },
      };
    }),
  },
];
