import { METADATA_DOCUMENT_LIMITS } from '@portcullis/authorization-server/rules';
import { type JsonObject, parseStrictJson, type StrictJsonFailure } from '@portcullis/protocol';
import {
  type ClientIdMetadataDocument,
  type ClientIdMetadataDocumentFailure,
  parseClientIdMetadataDocument,
} from '@portcullis/protocol/client-metadata';
import { advise } from './advise.js';
import { findSyntaxError } from './find-syntax-error.js';
import { type Finding, fault, quote } from './finding.js';
import { judgeRedirectUris } from './judge-redirect-uris.js';
import { tellMember } from './tell-member.js';

/** What came of judging a document. */
export interface DocumentJudgement {
  readonly findings: readonly Finding[];
  /** Its `client_id`, where it is a text. */
  readonly statedClientId: string | undefined;
  /** What an authorization server reads in it; undefined where it refuses it. */
  readonly document: ClientIdMetadataDocument | undefined;
}

/** A document in which nothing is wrong, for one member at a time to be put into. */
const ID = 'https://client.example/client.json';
const GOOD = { client_id: ID, client_name: 'A client', redirect_uris: ['https://client.example/callback'] };

/** What a client has to say, and what else is judged whether or not it is there. */
const REQUIRED = ['client_name', 'redirect_uris'];

/** How a client proves itself: these mean something together only. */
const PROOF = ['token_endpoint_auth_method', 'token_endpoint_auth_methods_supported', 'jwks', 'jwks_uri'];
const PROOF_FAILURES = {
  keys_missing: 'private_key_jwt needs public keys: put them into jwks, or their address into jwks_uri',
  keys_given_twice: 'jwks and jwks_uri exclude each other: leave one of them out',
} as const;

/**
 * Judges the document of a client as the authorization server of this project does, by the same parser, but to the end: each
 * member is put by itself into a document in which nothing is wrong, so that one mistake hides no other. Private-use schemes
 * count as if no operator listed them.
 *
 * @param clientId - the URL that it is, or will be, served at; undefined takes the document's word for it
 */
export function judgeDocument(body: Uint8Array, clientId: string | undefined): DocumentJudgement {
  const size = judgeSize(body.length);
  const json = parseStrictJson(body);
  if (!json.ok) return refused([...size, fault('json', tellJson(json.failure, body))]);
  const wire = json.value.value;
  if (typeof wire !== 'object' || wire === null || Array.isArray(wire)) {
    return refused([...size, fault('json', 'the document is no JSON object ({…})')]);
  }
  const members = wire as JsonObject;
  const statedClientId = typeof members['client_id'] === 'string' ? members['client_id'] : undefined;
  const servedAt = clientId ?? statedClientId ?? ID;
  const parsed = parseClientIdMetadataDocument(body, servedAt, []);
  const errors = [...size, ...judgeClientId(members, servedAt), ...judgeMembers(members)];
  const unexplained = parsed.ok || errors.length > size.length ? [] : [tellWhole(parsed.failure)];
  return {
    findings: [...errors, ...unexplained, ...advise(members, servedAt)],
    statedClientId,
    document: parsed.ok ? parsed.value : undefined,
  };
}

function refused(findings: readonly Finding[]): DocumentJudgement {
  return { findings, statedClientId: undefined, document: undefined };
}

function judgeSize(bytes: number): readonly Finding[] {
  const { maxBytes } = METADATA_DOCUMENT_LIMITS;
  if (bytes <= maxBytes) return [];
  return [
    fault('size', `the document has ${bytes} bytes: authorization servers read ${maxBytes} (5 KiB), as the draft says`),
  ];
}

function judgeClientId({ client_id: stated }: JsonObject, servedAt: string): readonly Finding[] {
  if (stated === servedAt) return [];
  const message =
    stated === undefined
      ? `there is none: it has to be ${quote(servedAt)}, the URL of the document`
      : `is ${quote(stated)}, and the URL is ${quote(servedAt)}: they have to be the same, character for character`;
  return [fault('client-id-is-the-url', message, 'client_id')];
}

/** Every member by itself, then those that belong together. */
function judgeMembers(members: JsonObject): readonly Finding[] {
  const names = new Set([...REQUIRED, ...Object.keys(members)]);
  names.delete('client_id');
  const alone = [...names].flatMap((name) => {
    const failure = failureOf({ [name]: members[name] });
    return failure === undefined || isOfProof(failure) ? [] : [{ name, failure }];
  });
  const redirects = judgeRedirectUris(members['redirect_uris']);
  const isToldOfEach = redirects.some(({ kind }) => kind === 'error');
  const told = alone
    .filter(({ failure }) => failure !== 'redirect_uris_refused' || !isToldOfEach)
    .map(({ name, failure }) => tellMember(name, members[name], failure));
  const broken = new Set(alone.map(({ name }) => name));
  const sound = PROOF.filter((name) => members[name] !== undefined && !broken.has(name));
  const joint = failureOf(Object.fromEntries(sound.map((name) => [name, members[name]])));
  const proof = joint !== undefined && isOfProof(joint) ? [fault('proof', PROOF_FAILURES[joint])] : [];
  return [...told, ...redirects, ...proof];
}

function isOfProof(failure: ClientIdMetadataDocumentFailure): failure is keyof typeof PROOF_FAILURES {
  return failure in PROOF_FAILURES;
}

function failureOf(members: JsonObject): ClientIdMetadataDocumentFailure | undefined {
  const document = new TextEncoder().encode(JSON.stringify({ ...GOOD, ...members }));
  const parsed = parseClientIdMetadataDocument(document, ID, []);
  return parsed.ok ? undefined : parsed.failure;
}

/** For a failure that no part of the document has by itself. */
function tellWhole(failure: ClientIdMetadataDocumentFailure): Finding {
  return fault('metadata', `an authorization server refuses the document (${failure})`);
}

function tellJson(failure: StrictJsonFailure, body: Uint8Array): string {
  switch (failure.reason) {
    case 'not_utf8':
      return 'the document is no UTF-8';
    case 'byte_order_mark':
      return 'the document begins with a byte order mark: save it without one';
    case 'duplicate_member':
      return `a member occurs twice${at(failure.position, body)}: which one counts is for each parser to say`;
    case 'forbidden_member':
      return `a member is named __proto__${at(failure.position, body)}`;
    case 'too_deep':
    case 'too_many_values':
    case 'number_out_of_range':
      return `the document is larger inside than any client’s metadata are${at(failure.position, body)}`;
    case 'lone_surrogate':
      return `a text has half of a character${at(failure.position, body)}: an escape \\ud800 to \\udfff that stands alone`;
    case 'syntax':
      return `the document is no JSON${at(findSyntaxError(new TextDecoder().decode(body)) ?? failure.position, body)}`;
  }
}

function at(position: number, body: Uint8Array): string {
  const lines = new TextDecoder().decode(body).slice(0, position).split('\n');
  return ` (line ${lines.length}, column ${(lines.at(-1) ?? '').length + 1})`;
}
