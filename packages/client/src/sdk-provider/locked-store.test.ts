import { beforeEach, describe, expect, it } from 'vitest';
import { OAuthClientError, type OAuthClientErrorCode } from '../oauth-client-error.js';
import type { ClientIdentity } from '../registration/client-identity.js';
import { type ClientStore, formatRecordKey } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createOAuthProvider, type OAuthProvider } from './oauth-provider.js';
import type { OAuthProviderOptions } from './provider-options.js';
import { createSdkFetch, type SdkFetch } from './testing/sdk-fetch.js';
import { SDKS } from './testing/sdk-kinds.js';

let server: ProtectedServer;
let sdk: SdkFetch;
let store: ClientStore;
/** Records that cannot be read, until they are kept anew. */
let shut: Set<string>;
/** From now on the key of all that was kept is not there. */
let shutIn: () => void;
let code: OAuthClientErrorCode;
let led: URL[];

beforeEach(() => {
  server = createProtectedServer({ metadata: { client_id_metadata_document_supported: true } });
  sdk = createSdkFetch(server);
  shut = new Set();
  code = 'store_locked';
  led = [];
  const memory = createMemoryStore();
  const kept = new Set<string>();
  store = {
    ...memory,
    async load(key) {
      if (shut.has(formatRecordKey(key))) throw new OAuthClientError(code, 'It cannot be read.');
      return memory.load(key);
    },
    async save(key, record) {
      kept.add(formatRecordKey(key));
      shut.delete(formatRecordKey(key));
      await memory.save(key, record);
    },
  };
  shutIn = () => {
    shut = new Set(kept);
  };
});

const newProvider = (client?: ClientIdentity, options: Partial<OAuthProviderOptions> = {}): OAuthProvider =>
  createOAuthProvider({
    serverUrl: server.serverUrl,
    transport: server.transport,
    fetch: server.fetch,
    signIn: server.signIn,
    store,
    ...(client === undefined ? {} : { client }),
    ...options,
  });

const signIn = { redirectUri: 'https://app.example/back', redirect: (url: URL) => void led.push(url) };

describe.each(SDKS)('$name: a store whose key is not there', ({ connect, newTransport, isUnauthorized }) => {
  const connectWith = (provider: OAuthProvider) => connect(server.serverUrl, provider, sdk.fetch);

  /** As an application does. */
  async function signInBy(provider: OAuthProvider): Promise<void> {
    const { error, transport } = await connectWith(provider);
    expect(isUnauthorized(error)).toBe(true);
    await provider.finishAuth(transport);
  }

  it.each<[string, ClientIdentity | undefined]>([
    ['registers itself', undefined],
    ['has a document', { metadataDocumentUrl: 'https://app.example/client.json' }],
    ['was registered by hand', { preRegistered: { clientId: 'by-hand', issuer: 'https://as.example' } }],
  ])('is written anew by a sign-in of a client that %s', async (_what, client) => {
    await signInBy(newProvider());
    shutIn();
    await signInBy(newProvider(client));
    const { error, call } = await connectWith(newProvider(client));
    expect(error).toBeUndefined();
    expect(await call('wipe')).toMatchObject({ content: [{ text: 'called wipe' }] });
    expect(server.calls.at(-1)).toBe('Bearer at-2');
  });

  it('is written anew by the sign-in of a web application, in another process', async () => {
    const webProvider = () => newProvider(undefined, { signIn });
    await connectWith(webProvider());
    await connectWith(webProvider());
    shutIn();
    expect(isUnauthorized((await connectWith(webProvider())).error)).toBe(true);
    const provider = webProvider();
    const response = String(server.respond(led.at(-1) ?? new URL('x:')));
    await provider.finishAuth(newTransport(server.serverUrl, provider, sdk.fetch), `/back?${response}`);
    expect((await connectWith(webProvider())).error).toBeUndefined();
  });

  it('CL-06 says nothing of the issuer of a client, so that its secret goes nowhere without one', async () => {
    const preRegistered = { clientId: 'conf', clientSecret: 's3cret' };
    await signInBy(newProvider({ preRegistered }));
    shutIn();
    const before = server.seen.length;
    expect((await connectWith(newProvider({ preRegistered }))).error).toMatchObject({ code: 'store_locked' });
    expect(JSON.stringify(server.seen.slice(before))).not.toContain('s3cret');
  });

  it('is not written over where it fails for another reason', async () => {
    await signInBy(newProvider());
    shutIn();
    code = 'store_failed';
    expect((await connectWith(newProvider())).error).toMatchObject({ code: 'store_failed' });
    expect(server.authorizations).toHaveLength(1);
  });
});
