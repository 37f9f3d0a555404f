import type { AssertionIssuer } from '@portcullis/authorization-server';
import { checkAssertionIssuer } from '@portcullis/authorization-server/rules';
import { parsePublicJwkSet, parseStrictJson } from '@portcullis/protocol';
import type { ConfigProblem } from './config-problem.js';
import { tellOtherForm } from './kind-of-keys.js';
import type { AssertionIssuerInput } from './schema/assertion-issuer-schema.js';
import { readSecret, type SecretSource } from './secret-source.js';

/** What is said of the keys already, and what would only be said of their absence. */
const OF_KEYS = ['issuer', 'jwks', 'jwksUri'];

/**
 * An issuer of assertions as the authorization server knows it, its keys read. Whatever is wrong with it goes to `report`, by what
 * the authorization server itself would say.
 *
 * @param own - the public URL of the gate; undefined where it is not known
 */
export function resolveAssertionIssuer(
  input: AssertionIssuerInput,
  source: SecretSource,
  own: string | undefined,
  report: (problem: ConfigProblem) => void,
): AssertionIssuer {
  const ofKeys: ConfigProblem[] = [];
  const issuer = buildIssuer(
    input,
    jwksOf(input, source, (problem) => void ofKeys.push(problem)),
  );
  const problems = checkAssertionIssuer(issuer, { own, hasConfiguredFetch: true });
  const unsaid = problems.filter(({ path }) => ofKeys.length === 0 || !OF_KEYS.includes(path[0]));
  for (const problem of [...ofKeys, ...unsaid]) report(problem);
  return issuer;
}

function buildIssuer(input: AssertionIssuerInput, jwks: string | undefined): AssertionIssuer {
  const { issuer, jwksUri, algorithms } = input;
  const base = {
    issuer,
    ...(jwksUri === undefined ? {} : { jwksUri }),
    ...(jwks === undefined ? {} : { jwks }),
    ...(algorithms === undefined ? {} : { algorithms }),
  };
  if (input.kind === 'identity_provider') {
    const { kind, clients, tenant, audienceTenant, admitsNewUsers } = input;
    return {
      kind,
      ...base,
      ...(clients === undefined ? {} : { clients }),
      ...(tenant === undefined ? {} : { tenant }),
      ...(audienceTenant === undefined ? {} : { audienceTenant }),
      ...(admitsNewUsers === undefined ? {} : { admitsNewUsers }),
    };
  }
  const { kind, name, audience, identities } = input;
  return { kind, ...base, name, ...(audience === undefined ? {} : { audience }), identities };
}

/** The keys as one text. They are public, so what is wrong with them may be said by what they are. */
function jwksOf(
  { jwks, jwksFile }: AssertionIssuerInput,
  source: SecretSource,
  report: (problem: ConfigProblem) => void,
): string | undefined {
  const written = jwksFile === undefined ? jwks : { file: jwksFile };
  if (written === undefined) return undefined;
  const path = [jwksFile === undefined ? 'jwks' : 'jwksFile'];
  const text = 'keys' in written ? { ok: true as const, value: JSON.stringify(written) } : readSecret(written, source);
  if (!text.ok) {
    report({ path, message: text.failure });
    return undefined;
  }
  const json = parseStrictJson(text.value);
  const keys = json.ok ? parsePublicJwkSet(json.value.value) : undefined;
  if (keys?.ok !== true) {
    const isPrivate = keys?.failure === 'client_keys_private';
    const message = isPrivate
      ? 'has private or symmetric keys: take the public ones, and replace those it shows'
      : (tellOtherForm(text.value) ?? 'is no JWK Set with a key that signs assertions');
    report({ path, message });
  }
  return text.value;
}
