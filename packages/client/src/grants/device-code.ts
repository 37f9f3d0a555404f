import { DEVICE_CODE_GRANT_TYPE, type JsonObject, parseEndpointUrl } from '@portcullis/protocol';
import { allowInsecureRequests, customFetch, deviceAuthorizationRequest } from 'oauth4webapi';
import { readJsonObject, textMember } from '../http/json-object.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { clientAuthentication, type ProvenClient } from '../tokens/client-authentication.js';
import { endpointFetch } from '../tokens/endpoint-fetch.js';
import { requestTokens, type TokenAnswer } from '../tokens/token-endpoint.js';
import { isClientRefused, type RefusedTokenAnswer, tokenRefusal } from '../tokens/token-refusal.js';
import { parseTokenResponse } from '../tokens/token-response.js';
import type { Grant, GrantContext } from './grant.js';

/** What a person is to do on another device. */
export interface DevicePrompt {
  /** `user_code` */
  readonly userCode: string;
  /** `verification_uri` */
  readonly verificationUri: string;
  /** `verification_uri_complete`: with the code in it. */
  readonly verificationUriComplete: string | undefined;
  /** How long the person is waited for. */
  readonly expiresInSeconds: number;
}

/** How the person is told, and how time passes. */
export interface DeviceCodeOptions {
  show(prompt: DevicePrompt): void;
  /** How long the person is waited for at most. @defaultValue as long as the code is good for, an hour at most */
  readonly timeoutSeconds?: number;
  /** @defaultValue timers */
  readonly wait?: (milliseconds: number) => Promise<void>;
}

const DEFAULT_INTERVAL_SECONDS = 5;
const MAX_INTERVAL_SECONDS = 60;
const MAX_EXPIRES_IN_SECONDS = 3600;

/** What a server allows, once read. */
interface DeviceAuthorization extends DevicePrompt {
  readonly deviceCode: string;
  readonly intervalSeconds: number;
}

type DeviceAnswer = { readonly ok: true; readonly value: DeviceAuthorization } | RefusedTokenAnswer;

/**
 * A person signs in on another device (RFC 8628), where this one has no browser. Asks no more often than it may. A client
 * that registered itself, and that the server does not know any more, registers again before anybody is shown a code.
 */
export function deviceCode({ show, timeoutSeconds = MAX_EXPIRES_IN_SECONDS, wait = pause }: DeviceCodeOptions): Grant {
  return {
    kind: 'device_code',
    async obtain(context) {
      const endpoint = context.server.deviceAuthorizationEndpoint;
      if (endpoint === undefined) {
        throw new OAuthClientError(
          'sign_in_required',
          'This authorization server has no sign-in for devices without a browser. Sign in with a browser instead.',
        );
      }
      const first = await requestDeviceCode(context, endpoint);
      const isToBeReplaced =
        !first.answer.ok && isClientRefused(first.answer) && (await context.forgetClient(first.client));
      const { client, answer: begun } = isToBeReplaced ? await requestDeviceCode(context, endpoint) : first;
      if (!begun.ok) throw deviceRefusal(begun);
      const expiresInSeconds = Math.min(begun.value.expiresInSeconds, timeoutSeconds);
      const device = { ...begun.value, expiresInSeconds };
      context.personIsAsked();
      show(device);
      const answer = await poll(context, client, device, wait);
      if (answer.ok) return { client, response: answer.value };
      if (isClientRefused(answer)) await context.forgetClient(client);
      throw deviceRefusal(answer);
    },
  };
}

/** What the codes of RFC 8628 §3.5 mean to the person who was to enter the code. */
const ADVICE: Readonly<Record<string, string>> = {
  access_denied: 'The sign-in was declined on the other device. Sign in again, and allow the access, to go on.',
  expired_token: 'The code ran out before the sign-in was done. Sign in again.',
  unauthorized_client:
    'The authorization server does not let this client sign in on devices (unauthorized_client): it has no device grant. Use a client id that has it, or sign in with a browser.',
};

function deviceRefusal(answer: RefusedTokenAnswer): OAuthClientError {
  const { code, error, status, message } = tokenRefusal(answer);
  return new OAuthClientError(code, (error === undefined ? undefined : ADVICE[error]) ?? message, { error, status });
}

async function requestDeviceCode(
  { transport, server, resource, scopes, chooseClient }: GrantContext,
  endpoint: string,
): Promise<{ readonly client: ProvenClient; readonly answer: DeviceAnswer }> {
  const use = { redirectUri: undefined, grantTypes: [DEVICE_CODE_GRANT_TYPE, 'refresh_token'], scopes };
  const client = await chooseClient(use);
  const response = await deviceAuthorizationRequest(
    { issuer: server.issuer, device_authorization_endpoint: endpoint },
    { client_id: client.registration.clientId },
    clientAuthentication(client),
    { resource, ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }) },
    // The scheme was vetted with the metadata: http leads to this computer only.
    { [allowInsecureRequests]: true, [customFetch]: endpointFetch(transport) },
  );
  const body = new Uint8Array(await response.arrayBuffer());
  const device = response.status === 200 ? readDeviceAuthorization(readJsonObject(body)) : undefined;
  if (device !== undefined) return { client, answer: { ok: true, value: device } };
  // Its errors are those of the token endpoint (RFC 8628 §3.2).
  const answer = parseTokenResponse(response.status, body);
  const failure = answer.ok ? ({ kind: 'malformed', status: response.status } as const) : answer.failure;
  return { client, answer: { ok: false, failure, retryAfterSeconds: undefined } };
}

function readDeviceAuthorization(json: JsonObject | undefined): DeviceAuthorization | undefined {
  if (json === undefined) return undefined;
  const deviceCode = textMember(json, 'device_code');
  const userCode = textMember(json, 'user_code');
  // Some servers still spell it as a draft did.
  const verificationUri = textMember(json, 'verification_uri') ?? textMember(json, 'verification_url');
  const expiresIn = json['expires_in'];
  if (deviceCode === undefined || userCode === undefined || verificationUri === undefined) return undefined;
  if (!/^[\x20-\x7e]{1,64}$/.test(userCode) || !parseEndpointUrl(verificationUri).ok) return undefined;
  if (typeof expiresIn !== 'number' || !(expiresIn > 0)) return undefined;
  const complete = textMember(json, 'verification_uri_complete');
  const interval = json['interval'];
  return {
    deviceCode,
    userCode,
    verificationUri,
    verificationUriComplete: complete !== undefined && parseEndpointUrl(complete).ok ? complete : undefined,
    expiresInSeconds: Math.min(expiresIn, MAX_EXPIRES_IN_SECONDS),
    intervalSeconds:
      typeof interval === 'number' && interval >= 1
        ? Math.min(interval, MAX_INTERVAL_SECONDS)
        : DEFAULT_INTERVAL_SECONDS,
  };
}

/**
 * Until the person has answered or their time is over (RFC 8628 §3.5). A server that is down, or that does not answer, is
 * asked again more slowly.
 */
async function poll(
  { transport, server, dpopKey, resource, now }: GrantContext,
  client: ProvenClient,
  device: DeviceAuthorization,
  wait: (milliseconds: number) => Promise<void>,
): Promise<TokenAnswer> {
  const endsAt = now() + device.expiresInSeconds;
  let intervalSeconds = device.intervalSeconds;
  for (;;) {
    await wait(Math.min(intervalSeconds, endsAt - now()) * 1000);
    if (now() >= endsAt)
      throw new OAuthClientError('sign_in_timed_out', 'Nobody entered the code in time. Sign in again.');
    const parameters = { device_code: device.deviceCode, resource };
    const answer = await requestTokens(transport, server, client, {
      grantType: DEVICE_CODE_GRANT_TYPE,
      parameters,
      dpopKey,
    }).catch(takeForSilence);
    if (answer?.ok === true) return answer;
    if (answer !== undefined) {
      const { failure } = answer;
      if (failure.kind === 'refused' && failure.error === 'authorization_pending') continue;
      const isSlower = failure.kind === 'unavailable' || (failure.kind === 'refused' && failure.error === 'slow_down');
      if (!isSlower) return answer;
    }
    intervalSeconds = Math.min(intervalSeconds + 5, MAX_INTERVAL_SECONDS);
  }
}

/** A connection that was lost says nothing of the code: the person may be entering it just now. */
function takeForSilence(error: unknown): undefined {
  if (error instanceof OAuthClientError && error.code === 'server_unavailable') return undefined;
  throw error;
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
