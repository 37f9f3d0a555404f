/** `oidc-provider` ships no types. Only what the tests and the benchmark ask of it is declared. */
declare module 'oidc-provider' {
  import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';

  /** What an interaction waits for. */
  export interface InteractionDetails {
    readonly uid: string;
    readonly prompt: { readonly name: string; readonly details: Readonly<Record<string, unknown>> };
    readonly params: Readonly<Record<string, unknown>>;
    readonly session?: { readonly accountId: string };
    readonly grantId?: string;
  }

  /** What a person let a client do. */
  export interface OracleGrant {
    addResourceScope(resource: string, scope: string): void;
    save(): Promise<string>;
  }

  /** A stored artifact whose value is the token. */
  export interface OracleArtifact {
    resourceServer?: object;
    save(): Promise<string>;
  }

  export default class Provider {
    constructor(issuer: string, configuration: object);
    readonly Client: { find(clientId: string): Promise<object | undefined> };
    readonly Grant: { new (about: { accountId: string; clientId: string }): OracleGrant };
    readonly AuthorizationCode: { new (values: object): OracleArtifact };
    readonly RefreshToken: { new (values: object): OracleArtifact };
    callback(): RequestListener;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<InteractionDetails>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
      options?: { readonly mergeWithLastSubmission?: boolean },
    ): Promise<void>;
    on(event: string, listener: (...args: never[]) => void): this;
  }

  export const errors: {
    readonly InvalidTarget: new (description?: string) => Error;
  };
}
