import type { ReceivedResponse } from '../../../sign-in/sign-in.js';
import type { IssuerPlace, Reply, SeenRequest } from './world.js';

/** Something that only some servers may see. */
export interface Secret {
  readonly text: string;
  readonly kind: 'access_token' | 'refresh_token' | 'code' | 'client_secret';
  readonly issuer: IssuerPlace;
  /** The path of the resource that a token is for; empty otherwise. */
  readonly resourcePath: string;
  /** Of an access token. */
  readonly expiresAtEpochSeconds: number;
  /** Of a refresh token: another one was issued for it. */
  isReplaced: boolean;
}

/** How the servers behave now, and what has happened so far. A scenario changes the first and reads the second. */
export interface WorldState {
  nowEpochSeconds: number;

  /** The authorization server that the protected resources name. */
  issuer: IssuerPlace;
  /** `resource` of the protected resource metadata. @defaultValue the right one */
  resource: string | undefined;
  /** `authorization_servers`. @defaultValue that of `issuer` */
  authorizationServers: readonly string[] | undefined;
  /** `resource_metadata` of a challenge. @defaultValue the right one */
  resourceMetadata: string | undefined;
  /** Put over the metadata of the authorization servers. */
  metadata: Readonly<Record<string, unknown>>;
  /** Answers in place of the metadata of the authorization servers. */
  metadataReply: Reply | undefined;
  /** Whether clients that register are given a secret. */
  isConfidential: boolean;

  /** Whether the person says no. */
  isDeclined: boolean;
  /** What the browser does with the address that the sign-in ends at. @defaultValue it goes there */
  comeBack: ((location: URL) => Promise<void>) | undefined;

  /** The sign-in in this process that is under way. */
  waiting: ((parameters: URLSearchParams) => Promise<ReceivedResponse>) | undefined;

  /** Answers in place of the token endpoints. */
  tokenReply: Reply | undefined;
  /** Whether no refresh token is good any more. */
  areGrantsOver: boolean;
  /** The status of the revocation endpoints. */
  revocationStatus: number;

  /** Whether the MCP server takes no token that was issued up to now. */
  refusedUpTo: number;
  /** How often more the MCP server refuses whatever it is sent. */
  refusals: number;
  /** How often more the MCP server wants another scope. */
  wants: number;
  /** Where the MCP server sends calls with a token to. */
  redirect: string | undefined;

  readonly seen: SeenRequest[];
  readonly secrets: Secret[];
  /** Authorization requests by the code that was issued for them. */
  readonly codes: Map<string, { readonly issuer: IssuerPlace; readonly parameters: URLSearchParams }>;
  /** How often something that lies inside the network was connected to, or asked. */
  timesInside: number;
}

/** A world in which everything is right and nothing has happened. */
export function createState(): WorldState {
  return {
    nowEpochSeconds: 1_800_000_000,
    issuer: 'as1',
    resource: undefined,
    authorizationServers: undefined,
    resourceMetadata: undefined,
    metadata: {},
    metadataReply: undefined,
    isConfidential: false,
    isDeclined: false,
    comeBack: undefined,
    waiting: undefined,
    tokenReply: undefined,
    areGrantsOver: false,
    revocationStatus: 200,
    refusedUpTo: 0,
    refusals: 0,
    wants: 0,
    redirect: undefined,
    seen: [],
    secrets: [],
    codes: new Map(),
    timesInside: 0,
  };
}
