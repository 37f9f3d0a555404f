import type {
  FinishableTransport,
  SdkClientInformation,
  SdkClientMetadata,
  SdkDiscoveryState,
  SdkTokenResponse,
  SdkTokens,
} from './sdk-shapes.js';

/**
 * An `OAuthClientProvider` of the official SDK, v1 and v2: its `authProvider`, for transports to its own server only, whose
 * token goes wherever they go. All members but {@link fetch} and {@link finishAuth} are for the SDK to call.
 */
export interface OAuthProvider {
  readonly redirectUrl: string;
  readonly clientMetadata: SdkClientMetadata;
  discoveryState(): Promise<SdkDiscoveryState>;
  validateResourceURL(serverUrl: string | URL, resource?: string): Promise<URL>;
  clientInformation(): Promise<SdkClientInformation>;
  tokens(): Promise<SdkTokens | undefined>;
  saveTokens(tokens: SdkTokenResponse): Promise<void>;
  redirectToAuthorization(authorizationUrl: URL): Promise<void>;
  saveCodeVerifier(codeVerifier: string): void;
  codeVerifier(): string;
  addClientAuthentication(
    headers: Headers,
    params: URLSearchParams,
    url: string | URL,
    metadata?: object,
  ): Promise<void>;
  invalidateCredentials(scope: 'all' | 'client' | 'tokens' | 'verifier' | 'discovery'): Promise<void>;
  /**
   * For the `fetch` of the transport: token requests, to addresses that a server named, go over the provider's `transport`
   * then, which vets where they lead, those to the MCP server's own origin too. All else goes to that origin, by the `fetch`
   * of the options, and follows no redirect: the SDKs follow those within the origin themselves.
   *
   * @throws {OAuthClientError} `url_refused`, `server_unavailable` or `token_response_invalid` where there is no answer
   */
  fetch(input: string | URL | Request, init?: RequestInit): Promise<Response>;
  /**
   * Ends a sign-in, after the SDK has thrown its `UnauthorizedError`: checks `state` and `iss` (RFC 9207), and lets the
   * transport redeem the code. Connect again afterwards, with a new transport.
   *
   * @param transport - the one that threw
   * @param callback - where the application receives the response itself: the address that the browser came back to, its
   * path and query, or its query. Without it the response is waited for at the place that `signIn` has opened
   * @throws {OAuthClientError} `authorization_refused`, `authorization_response_invalid`, `sign_in_timed_out`,
   * `sign_in_required` where no sign-in is under way, …; else what the SDK throws
   */
  finishAuth(transport: FinishableTransport, callback?: string | URL | URLSearchParams): Promise<void>;
}
