// What the official SDKs hand to a provider and take from it, as far as it is used here. Structural: neither SDK is a
// dependency. The tests hold them against the types of both.

/** Tokens as an SDK reads them (RFC 6749 §5.1), with the authorization server that they are from. */
export type SdkTokens = {
  access_token: string;
  token_type: string;
  expires_in?: number;
  refresh_token?: string;
  scope?: string;
  issuer: string;
};

/** Tokens as an SDK hands them over, from an answer of the token endpoint that only the SDK has looked at. */
export interface SdkTokenResponse {
  readonly access_token: string;
  readonly token_type: string;
  readonly expires_in?: number | undefined;
  readonly refresh_token?: string | undefined;
  readonly scope?: string | undefined;
}

/** This client. Never with a secret: what proves the client is put into a token request here. */
export type SdkClientInformation = { client_id: string; issuer: string };

/** The metadata of this client (RFC 7591 §2), as far as an SDK acts on them. */
export type SdkClientMetadata = {
  client_name: string;
  redirect_uris: string[];
  grant_types: string[];
  response_types: string[];
  scope?: string;
};

/** Metadata of an authorization server (RFC 8414 §2) that were checked: all that an SDK learns of it. */
export type SdkAuthorizationServerMetadata = {
  issuer: string;
  authorization_endpoint: string;
  token_endpoint: string;
  response_types_supported: string[];
  scopes_supported: string[];
  authorization_response_iss_parameter_supported: boolean;
};

/** What was discovered, in place of an SDK's own discovery. */
export type SdkDiscoveryState = {
  authorizationServerUrl: string;
  authorizationServerMetadata: SdkAuthorizationServerMetadata;
  resourceMetadata: { resource: string; authorization_servers: string[]; scopes_supported?: string[] };
};

/** A transport of an SDK that can redeem a code. */
export interface FinishableTransport {
  /** SDK v1 takes the code alone, v2 both. */
  finishAuth(authorizationCode: string, iss?: string): Promise<void>;
}
