/** Most parameters one request may carry. */
const MAX_PARAMETERS = 100;

/**
 * The names that may come several times, at whatever endpoint (RFC 8707 §2, RFC 8693 §2.1): one that does not read `audience` leaves
 * it alone, as anything else that it does not know.
 */
export const REPEATABLE_PARAMETERS: readonly string[] = ['resource', 'audience'];

/** What is wrong with the parameters as a whole, whatever they mean. */
export type OauthParametersProblem =
  | 'duplicate_parameter'
  | 'bracketed_parameter'
  | 'too_many_parameters'
  | 'malformed_encoding';

/** Parameters of one OAuth request, each name with at most one meaning. */
export interface OauthParameters {
  /** The one value of `name`; undefined when it is absent, empty (RFC 6749 §3.1), no UTF-8, or sent more than once. */
  value(name: string): string | undefined;
  /** Every value of `name` that is not empty, those left out that are no UTF-8. For the parameters that may repeat. */
  values(name: string): readonly string[];
  /** Whether `name` was sent more than once, though it may not be. */
  isRepeated(name: string): boolean;
  /** Whether a value of `name` was sent that is no UTF-8. */
  isMalformed(name: string): boolean;
  /** The first thing wrong with the whole, or undefined. The caller decides where to answer it. */
  readonly problem: OauthParametersProblem | undefined;
}

/**
 * Parses `application/x-www-form-urlencoded` parameters (OAuth 2.1 §3.1, §3.2) so that no two readers can differ:
 * a name that occurs twice has no value at all, never the first or the last; the bracket forms `a[]` and `a[b]` that
 * some frameworks turn into lists are a problem; so are octets that are no UTF-8, which a lenient decoder would turn into a
 * U+FFFD that nobody sent. Apart from those it reads what `URLSearchParams` does; a query comes without its question mark.
 *
 * Does not bound the length: the caller bounds what it reads.
 *
 * @param repeatable - names that may occur more than once. @defaultValue none
 */
export function parseOauthParameters(encoded: string, repeatable: readonly string[] = []): OauthParameters {
  const valuesByName = new Map<string, (string | undefined)[]>();
  let count = 0;
  let bracketed = false;
  let malformed = false;
  for (const part of encoded.split('&')) {
    if (part === '') continue;
    count += 1;
    if (count > MAX_PARAMETERS) break;
    const equals = part.indexOf('=');
    const name = decode(equals < 0 ? part : part.slice(0, equals));
    const value = equals < 0 ? '' : decode(part.slice(equals + 1));
    malformed ||= name === undefined || value === undefined;
    if (name === undefined) continue;
    bracketed ||= /[[\]]/.test(name);
    const values = valuesByName.get(name);
    if (values === undefined) valuesByName.set(name, [value]);
    else values.push(value);
  }

  const isRepeated = (name: string): boolean => !repeatable.includes(name) && (valuesByName.get(name)?.length ?? 0) > 1;
  const duplicate = [...valuesByName.keys()].some(isRepeated);

  return {
    value(name) {
      const values = valuesByName.get(name);
      return values?.length === 1 && values[0] !== '' ? values[0] : undefined;
    },
    values: (name) =>
      (valuesByName.get(name) ?? []).filter((value): value is string => value !== undefined && value !== ''),
    isRepeated,
    isMalformed: (name) => valuesByName.get(name)?.includes(undefined) === true,
    problem: firstProblem({ tooMany: count > MAX_PARAMETERS, bracketed, malformed, duplicate }),
  };
}

/**
 * The same parameters in the same order, those of other names than `names` without their values: as many of them, as often, and
 * as wrong in their names as before, so that {@link parseOauthParameters} judges those as it would have judged the whole. For what
 * goes on in an address, where nothing may be that somebody sent by mistake.
 */
export function dropOtherValues(encoded: string, names: ReadonlySet<string>): string {
  const dropped = encoded.split('&').map((part) => {
    const equals = part.indexOf('=');
    if (equals < 0) return part;
    const name = decode(part.slice(0, equals));
    return name !== undefined && names.has(name) ? part : part.slice(0, equals + 1);
  });
  return dropped.join('&');
}

/** A `%` that begins no escape is itself, as the URL standard has it. Undefined for what is no UTF-8. */
function decode(text: string): string | undefined {
  if (!/[%+]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll('+', ' ').replaceAll(/%(?![0-9A-Fa-f]{2})/g, '%25'));
  } catch {
    return undefined;
  }
}

function firstProblem(found: {
  tooMany: boolean;
  bracketed: boolean;
  malformed: boolean;
  duplicate: boolean;
}): OauthParametersProblem | undefined {
  if (found.tooMany) return 'too_many_parameters';
  if (found.malformed) return 'malformed_encoding';
  if (found.bracketed) return 'bracketed_parameter';
  return found.duplicate ? 'duplicate_parameter' : undefined;
}
