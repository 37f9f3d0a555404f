/** The registration an SDK client keeps. */
interface Registration {
  client_id: string;
  [member: string]: unknown;
}

/** The tokens an SDK client keeps. */
interface Tokens {
  access_token: string;
  token_type: string;
  expires_in?: number;
  refresh_token?: string;
  scope?: string;
}

/**
 * What the official SDKs (v1 and v2) ask of an application that signs in: everything in memory, the browser left to the
 * test. It remembers what it was asked to open.
 */
export class MemoryOAuthProvider {
  registration: Registration | undefined;
  savedTokens: Tokens | undefined;
  authorizationUrl: URL | undefined;
  #codeVerifier = '';
  #discoveryState: unknown;

  constructor(
    readonly redirectUrl: string,
    readonly clientName = 'Test client',
  ) {}

  get clientMetadata() {
    return {
      client_name: this.clientName,
      redirect_uris: [this.redirectUrl],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    };
  }

  state(): string {
    return 'state with spaces & "quotes"';
  }

  clientInformation() {
    return this.registration;
  }

  saveClientInformation(registration: Registration): void {
    this.registration = registration;
  }

  tokens() {
    return this.savedTokens;
  }

  saveTokens(tokens: Tokens): void {
    this.savedTokens = tokens;
  }

  redirectToAuthorization(authorizationUrl: URL): void {
    this.authorizationUrl = authorizationUrl;
  }

  /** Before a test asks whether anybody is sent to the browser again. */
  forgetAuthorizationUrl(): void {
    this.authorizationUrl = undefined;
  }

  saveDiscoveryState(state: unknown): void {
    this.#discoveryState = state;
  }

  discoveryState() {
    return this.#discoveryState;
  }

  saveCodeVerifier(codeVerifier: string): void {
    this.#codeVerifier = codeVerifier;
  }

  codeVerifier(): string {
    return this.#codeVerifier;
  }
}
