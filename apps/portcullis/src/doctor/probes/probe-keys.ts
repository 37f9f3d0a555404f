import { type JsonObject, parseUrl } from '@portcullis/protocol';
import { MAX_JWK_SET_BYTES } from '@portcullis/resource-server';
import { type Finding, fault, list, note, pass, warn } from '../finding.js';
import type { ProbeContext } from '../probe-context.js';
import { fetchDocument, tellMissing, textOf } from './fetch-document.js';
import { type PublishedKey, readKeys } from './read-keys.js';

const WEAKEST_RSA_BITS = 2048;

/** What was learnt of an issuer's keys. */
export interface KeysProbe {
  readonly jwksUri: string | undefined;
  /** Undefined where none could be had. */
  readonly keys: readonly PublishedKey[] | undefined;
  /** The document that they are in. */
  readonly jwkSet: JsonObject | undefined;
  /** Whether they lie at another origin than the issuer: a guard takes those by configuration alone. */
  readonly isElsewhere: boolean;
  readonly findings: readonly Finding[];
}

/** Fetches the keys that access tokens are verified with, and judges what is published. */
export async function probeKeys(context: ProbeContext, metadata: JsonObject, issuer: string): Promise<KeysProbe> {
  const jwksUri = textOf(metadata, 'jwks_uri');
  const hasIntrospection = textOf(metadata, 'introspection_endpoint') !== undefined;
  const without = (finding: Finding, isElsewhere = false): KeysProbe => ({
    jwksUri,
    keys: undefined,
    jwkSet: undefined,
    isElsewhere,
    findings: [finding],
  });
  // Where it can be asked, a token needs no key.
  const rulesOut = hasIntrospection ? {} : ({ rulesOut: 'direct' } as const);
  if (jwksUri === undefined) return without(fault('keys', 'the metadata have no jwks_uri', rulesOut));
  const location = parseUrl(jwksUri);
  const isElsewhere = location?.origin !== new URL(issuer).origin;
  context.progress(`fetching the keys at ${location?.host ?? 'jwks_uri'}`);
  const fetched = await fetchDocument(context, jwksUri, MAX_JWK_SET_BYTES);
  if (fetched.kind !== 'found') {
    return without(fault('keys', `${jwksUri}: ${tellMissing(fetched)}`, rulesOut), isElsewhere);
  }
  const keys = readKeys(fetched.document);
  if (keys === undefined) return without(fault('keys', `${jwksUri}: it has no list of keys`, rulesOut), isElsewhere);
  return {
    jwksUri,
    keys,
    jwkSet: fetched.document,
    isElsewhere,
    findings: [
      judgeUsable(keys, hasIntrospection),
      ...judgeSecrets(keys),
      judgeIds(keys),
      isElsewhere
        ? note(
            'keys-origin',
            `the keys lie at another origin than the issuer, ${location?.origin}: the guard takes them from there only because its configuration says so`,
          )
        : pass('keys-origin', 'the keys lie at the origin of the issuer'),
    ],
  };
}

function judgeUsable(keys: readonly PublishedKey[], hasIntrospection: boolean): Finding {
  const usable = keys.filter(({ canVerify, isSecret }) => canVerify && !isSecret);
  if (usable.length === 0) {
    return fault(
      'keys',
      `none of ${keys.length} keys can verify a signature`,
      hasIntrospection ? {} : { rulesOut: 'direct' },
    );
  }
  const kinds = [
    ...new Set(usable.map(({ kind, algorithm }) => (algorithm === undefined ? kind : `${kind} ${algorithm}`))),
  ];
  const weak = usable.filter(({ kind }) => kind.startsWith('RSA ') && Number(kind.slice(4)) < WEAKEST_RSA_BITS);
  if (weak.length > 0) {
    return warn('keys', `${weak.length} of ${usable.length} keys are RSA with fewer than ${WEAKEST_RSA_BITS} bits`, {
      advice: 'Replace them: such keys can be broken, and guards refuse them.',
    });
  }
  return pass('keys', `${usable.length} to verify signatures with: ${list(kinds)}`);
}

/** A secret in a public document is known to everybody: whatever it signed proves nothing. */
function judgeSecrets(keys: readonly PublishedKey[]): readonly Finding[] {
  const secret = keys.filter(({ isSecret }) => isSecret);
  if (secret.length === 0) return [pass('no-secret-keys', 'every key is public, as it should be')];
  const names = list(secret.map(({ keyId, kind }) => `${keyId ?? 'without an id'} (${kind})`));
  return [
    fault(
      'no-secret-keys',
      `ALARM: the provider publishes ${secret.length === 1 ? 'a secret key' : `${secret.length} secret keys`}: ${names}. Whoever reads this document can make tokens in anybody's name`,
      {
        advice:
          'Tell whoever runs the provider at once. The keys have to be replaced, and everything that they signed is worthless.',
        rulesOut: 'both',
      },
    ),
  ];
}

function judgeIds(keys: readonly PublishedKey[]): Finding {
  const verifying = keys.filter(({ canVerify }) => canVerify);
  const without = verifying.filter(({ keyId }) => keyId === undefined).length;
  if (without > 0) {
    const words = `${without} of ${verifying.length} keys have no kid: a token of theirs cannot say which of them signed it, and the guard refuses it`;
    return without === verifying.length
      ? fault('key-ids', words, { rulesOut: 'direct' })
      : warn('key-ids', words, { advice: 'Give every key an id of its own.' });
  }
  const ids = verifying.map(({ keyId }) => keyId ?? '');
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))];
  return twice.length > 0
    ? warn('key-ids', `two keys have the same kid: ${list(twice)}`, { advice: 'Give every key an id of its own.' })
    : pass('key-ids', 'every key has a kid of its own');
}
