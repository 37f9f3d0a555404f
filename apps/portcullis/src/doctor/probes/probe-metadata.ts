import { issuerMetadataLocations, type JsonObject, type MetadataLocation } from '@portcullis/protocol';
import { type Finding, fault, note, pass, quote, warn } from '../finding.js';
import type { ProbeContext } from '../probe-context.js';
import { compareIssuer } from './compare-issuer.js';
import { type FetchedDocument, fetchDocument, tellMissing, textOf } from './fetch-document.js';
import { FORM_WORDS } from './metadata-locations.js';

/** Beyond this our client, and others, read no metadata. */
const MAX_BYTES = 64 * 1024;
/** Members that have to be the same wherever the document is read. */
const DECISIVE = [
  'authorization_endpoint',
  'token_endpoint',
  'registration_endpoint',
  'jwks_uri',
  'code_challenge_methods_supported',
  'client_id_metadata_document_supported',
  'authorization_response_iss_parameter_supported',
];

/** What stood at one address. */
export interface LocationAnswer {
  readonly location: MetadataLocation;
  readonly fetched: FetchedDocument;
  /** What the document calls its issuer. */
  readonly issuer: string | undefined;
}

/** What was learnt of an issuer's metadata. */
export interface MetadataProbe {
  readonly answers: readonly LocationAnswer[];
  /** The document that an MCP client acts on, else one that it would not find; undefined where none can be believed. */
  readonly metadata: JsonObject | undefined;
  /** The issuer by its own name: as asked, or with or without a slash at its end. */
  readonly issuer: string;
  readonly findings: readonly Finding[];
}

/** Asks at every address, at the same time, and says what MCP clients make of the answers. */
export async function probeMetadata(context: ProbeContext): Promise<MetadataProbe> {
  const locations = issuerMetadataLocations(new URL(context.issuer));
  context.progress(`asking ${new URL(context.issuer).host} for its metadata at ${locations.length} addresses`);
  const answers = await Promise.all(
    locations.map(async (location): Promise<LocationAnswer> => {
      const fetched = await fetchDocument(context, location.url, MAX_BYTES);
      return { location, fetched, issuer: fetched.kind === 'found' ? textOf(fetched.document, 'issuer') : undefined };
    }),
  );
  const chosen = choose(context.issuer, answers);
  const metadata = chosen?.fetched.kind === 'found' ? chosen.fetched.document : undefined;
  return {
    answers,
    metadata,
    issuer: chosen?.issuer ?? context.issuer,
    findings: [
      ...answers.map((answer) => judgeLocation(answer, chosen)),
      ...judgeIssuer(context.issuer, answers, chosen),
      ...judgeSameness(answers, metadata),
    ],
  };
}

/** The document that a client acts on; where it would find none, one of the same issuer that lies elsewhere. */
function choose(asked: string, answers: readonly LocationAnswer[]): LocationAnswer | undefined {
  const relatedBy = (relation: 'same' | 'slash', isTried: boolean): LocationAnswer | undefined =>
    answers.find(
      ({ location, issuer }) =>
        location.isTriedByClients === isTried && issuer !== undefined && compareIssuer(asked, issuer) === relation,
    );
  return relatedBy('same', true) ?? relatedBy('slash', true) ?? relatedBy('same', false) ?? relatedBy('slash', false);
}

function judgeLocation(answer: LocationAnswer, chosen: LocationAnswer | undefined): Finding {
  const { location, fetched } = answer;
  const form = FORM_WORDS[location.form];
  if (fetched.kind !== 'found') {
    const words = `${form}: ${tellMissing(fetched)}, ${location.url}`;
    if (fetched.kind === 'absent') return note('metadata', words);
    if (fetched.kind === 'no_answer' && fetched.failure === 'tls_failed') return fault('certificate', words);
    if (fetched.kind === 'no_answer' && fetched.failure === 'address_refused') {
      return fault('metadata', words, {
        advice: 'Where the provider is in a network of your own, add --allow-private.',
      });
    }
    const advice = location.isTriedByClients
      ? { advice: 'Clients that look here first may go no further; let it serve the document, or answer 404.' }
      : {};
    return chosen === undefined ? fault('metadata', words, advice) : warn('metadata', words, advice);
  }
  if (!fetched.isServedAsJson) {
    return warn('metadata', `${form}: a JSON document that is not served as application/json, ${location.url}`, {
      advice: 'Serve it with Content-Type: application/json.',
    });
  }
  if (!location.isTriedByClients) {
    return answer === chosen
      ? fault('metadata', `${form}: the only document of this issuer lies where no MCP client looks, ${location.url}`, {
          advice: 'Let the provider, or a proxy in front of it, serve it at one of the addresses above.',
          rulesOut: 'direct',
        })
      : note('metadata', `${form}: a document, where no MCP client looks, ${location.url}`);
  }
  return pass('metadata', `${form}: a document, ${location.url}`);
}

function judgeIssuer(
  asked: string,
  answers: readonly LocationAnswer[],
  chosen: LocationAnswer | undefined,
): readonly Finding[] {
  const found = answers.filter(({ fetched }) => fetched.kind === 'found');
  if (found.length === 0) {
    return [
      fault('issuer', 'no metadata were found, so nobody can tell what the issuer calls itself', {
        advice:
          'Check the issuer, character by character, in the settings of the provider. MCP clients cannot use an authorization server without metadata.',
      }),
    ];
  }
  const others = found.filter(({ issuer }) => issuer !== chosen?.issuer);
  if (chosen === undefined) return [tellMismatch(asked, found)];
  const own =
    chosen.issuer === asked
      ? pass('issuer', `the metadata name the issuer as it was written: ${asked}`)
      : warn('issuer', tellSlash(asked), {
          advice: `Write the issuer as the provider does, everywhere: ${chosen.issuer}`,
        });
  return [own, ...others.map((other) => tellOther(other, chosen))];
}

function tellSlash(asked: string): string {
  const difference = asked.endsWith('/') ? 'without the slash at its end' : 'with a slash at its end';
  return `trailing slash: the provider calls itself what was asked for, ${difference}. Issuers are compared as texts, so that is another issuer; below, the provider's own name is used`;
}

function tellMismatch(asked: string, found: readonly LocationAnswer[]): Finding {
  const named = [...new Set(found.map(({ issuer }) => (issuer === undefined ? 'no issuer' : quote(issuer))))].join(
    ', ',
  );
  const isTemplate = found.some(({ issuer }) => issuer !== undefined && /\{[a-z]+\}/i.test(issuer));
  return fault(
    'issuer',
    `the metadata name another issuer than ${asked}: ${named}. Clients must not believe them (RFC 8414 §3.3)`,
    {
      advice: isTemplate
        ? 'This is the address of all tenants together. Give the issuer of your own tenant, with its id in place of the word.'
        : 'Give the issuer that the provider names. Behind a proxy, tell the provider its public address.',
    },
  );
}

/** A document that does not name what the chosen one names. */
function tellOther({ location, issuer }: LocationAnswer, chosen: LocationAnswer): Finding {
  const named = issuer === undefined ? 'no issuer' : `the issuer ${quote(issuer)}`;
  const words = `${FORM_WORDS[location.form]}: ${location.url} names ${named}, and not ${chosen.issuer}`;
  if (!location.isTriedByClients) return note('issuer', words);
  return warn('issuer', words, {
    advice:
      'Clients that find this document first refuse it and stop. Let that address answer 404, or serve the same document.',
  });
}

function judgeSameness(answers: readonly LocationAnswer[], metadata: JsonObject | undefined): readonly Finding[] {
  if (metadata === undefined) return [];
  const issuer = textOf(metadata, 'issuer');
  const same = answers.flatMap(({ fetched }) =>
    fetched.kind === 'found' && textOf(fetched.document, 'issuer') === issuer ? [fetched.document] : [],
  );
  const differing = DECISIVE.filter((name) =>
    same.some((document) => JSON.stringify(document[name]) !== JSON.stringify(metadata[name])),
  );
  if (differing.length === 0) return [];
  return [
    warn(
      'same-documents',
      `its documents do not agree on ${differing.join(', ')}: what works depends on which one a client reads`,
      {
        advice: 'Let every address serve the same document.',
      },
    ),
  ];
}
