import type { EpochSeconds, ResourceIdentifier } from '@portcullis/protocol';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { Transport } from '../http/transport.js';
import type { ClientUse } from '../registration/choose-client.js';
import type { PushedAuthorizationRequests } from '../sign-in/push-authorization-request.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import type { DpopKey } from '../tokens/dpop-key.js';
import type { TokenResponse } from '../tokens/token-response.js';

/** What a grant works with. */
export interface GrantContext {
  readonly transport: Transport;
  readonly server: AuthorizationServerMetadata;
  /** Sent as `resource`, byte for byte. */
  readonly resource: ResourceIdentifier;
  readonly scopes: readonly string[];
  /** Those of them that a 403 demands and the refused token has not; empty at any other sign-in. */
  readonly demandedScopes: readonly string[];
  /** Whether nobody chose them, so that a server that refuses them may be asked for its default (RFC 6749 §3.3). */
  readonly mayOmitScopes: boolean;
  /** Binds the tokens to it; undefined for bearer tokens. */
  readonly dpopKey: DpopKey | undefined;
  /** When a request that leads a person to a browser is pushed before. */
  readonly pushedAuthorizationRequests: PushedAuthorizationRequests;
  readonly now: () => EpochSeconds;
  /** Called before a person is asked: from then on a sign-in counts as one, whatever comes of it. */
  personIsAsked(): void;
  /** This client at that server. @throws {OAuthClientError} */
  chooseClient(use: ClientUse): Promise<ProvenClient>;
  /** The redirect URIs that the client is registered with there. */
  knownRedirectUris(): Promise<readonly string[]>;
  /** Forgets a client that the server does not know any more. False where it cannot be made anew. */
  forgetClient(client: ProvenClient): Promise<boolean>;
}

/** What a grant yields. */
export interface GrantedTokens {
  readonly client: ProvenClient;
  readonly response: TokenResponse;
  /** What was asked for in the end, where that is not all that it was to be. */
  readonly asked?: readonly string[];
}

/** A way to come by the first tokens. */
export interface Grant {
  /** Which one it is. Those with a person ask for `offline_access` where the server knows it. */
  readonly kind: 'authorization_code' | 'client_credentials' | 'device_code' | 'jwt_bearer' | 'id_jag';
  /** @throws {OAuthClientError} */
  obtain(context: GrantContext): Promise<GrantedTokens>;
}
