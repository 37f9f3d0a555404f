import type { EpochSeconds, JsonObject } from '@portcullis/protocol';
import { isJsonObject, textListMember, textMember } from '../http/json-object.js';
import { bindingRecord, epochMember, parseBindingRecord, type ServerBinding } from './records.js';

/** A sign-in that waits for its response, which may come to another process than the one that began it. */
export interface StartedSignIn {
  readonly place: ServerBinding;
  readonly state: string;
  readonly codeVerifier: string;
  readonly clientId: string;
  readonly redirectUri: string;
  /** What was asked for. */
  readonly scopes: readonly string[];
  readonly startedAtEpochSeconds: EpochSeconds;
}

/** The record of all that wait. */
export function signInsRecord(signIns: readonly StartedSignIn[]): JsonObject {
  return { sign_ins: signIns.map(signInRecord) };
}

/** Those that are whole; none where it is no such record. */
export function parseSignInsRecord(record: JsonObject | undefined): readonly StartedSignIn[] {
  const members = record?.['sign_ins'];
  if (!Array.isArray(members)) return [];
  return members.flatMap((member) => parseSignInRecord(isJsonObject(member) ? member : undefined) ?? []);
}

/** The record of a sign-in. */
export function signInRecord(signIn: StartedSignIn): JsonObject {
  return {
    ...bindingRecord(signIn.place),
    state: signIn.state,
    code_verifier: signIn.codeVerifier,
    client_id: signIn.clientId,
    redirect_uri: signIn.redirectUri,
    scope: signIn.scopes,
    started_at: signIn.startedAtEpochSeconds,
  };
}

/** Undefined where it is none. */
export function parseSignInRecord(record: JsonObject | undefined): StartedSignIn | undefined {
  const place = parseBindingRecord(record);
  if (record === undefined || place === undefined) return undefined;
  const state = textMember(record, 'state');
  const codeVerifier = textMember(record, 'code_verifier');
  const clientId = textMember(record, 'client_id');
  const redirectUri = textMember(record, 'redirect_uri');
  if (state === undefined || codeVerifier === undefined || clientId === undefined || redirectUri === undefined) {
    return undefined;
  }
  const scopes = textListMember(record, 'scope') ?? [];
  const startedAtEpochSeconds = epochMember(record, 'started_at') ?? 0;
  return { place, state, codeVerifier, clientId, redirectUri, scopes, startedAtEpochSeconds };
}
