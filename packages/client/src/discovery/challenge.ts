/** One challenge of a `WWW-Authenticate` field (RFC 9110 §11.6.1). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By name in lower case. Empty for a challenge with a token68 or nothing at all. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** Longest field that is read. What is longer is no challenge of anybody honest. */
const MAX_LENGTH = 8192;
const MAX_CHALLENGES = 16;

const TOKEN = /[!#$%&'*+\-.^_`|~0-9A-Za-z]+/y;
const TOKEN68 = /[A-Za-z0-9\-._~+/]+=*/y;
const SPACE = /[ \t]*/y;
const QUOTED = /"((?:[^"\\]|\\.)*)"/y;

/**
 * Parses the value of `WWW-Authenticate`, several fields joined by commas among them. Each parameter belongs to the
 * scheme it stands behind. Undefined where the text is malformed, too long, or says one parameter of a challenge twice:
 * which of the two is meant would be a guess.
 *
 * One pass, no backtracking: the time is linear in the length.
 */
export function parseChallenges(value: string): readonly Challenge[] | undefined {
  if (value.length > MAX_LENGTH) return undefined;
  const reader = new Reader(value);
  const challenges: Challenge[] = [];
  reader.skipSeparators();
  while (!reader.isAtEnd) {
    const challenge = readChallenge(reader);
    if (challenge === undefined || challenges.length === MAX_CHALLENGES) return undefined;
    challenges.push(challenge);
  }
  return challenges;
}

/** Leaves the reader at the next challenge. */
function readChallenge(reader: Reader): Challenge | undefined {
  const scheme = reader.take(TOKEN)?.toLowerCase();
  if (scheme === undefined) return undefined;
  const parameters = new Map<string, string>();
  const challenge = { scheme, parameters };
  if (reader.take(SPACE) === '') {
    return reader.isAtEnd || reader.skipSeparators() > 0 ? challenge : undefined;
  }
  if (reader.isAtEnd) return challenge;
  for (;;) {
    const start = reader.position;
    const name = reader.take(TOKEN)?.toLowerCase();
    const isParameter = name !== undefined && reader.takeEquals();
    if (!isParameter) {
      reader.position = start;
      // Behind a scheme alone: a token68. Behind a parameter and a comma: the next challenge.
      if (parameters.size > 0) return name === undefined ? undefined : challenge;
      if (reader.take(TOKEN68) === undefined) return undefined;
      reader.take(SPACE);
      return reader.isAtEnd || reader.skipSeparators() > 0 ? challenge : undefined;
    }
    const text = reader.take(QUOTED, 1)?.replace(/\\(.)/g, '$1') ?? reader.take(TOKEN);
    if (text === undefined || parameters.has(name)) return undefined;
    parameters.set(name, text);
    reader.take(SPACE);
    if (reader.isAtEnd) return challenge;
    if (reader.skipSeparators() === 0) return undefined;
    if (reader.isAtEnd) return challenge;
  }
}

class Reader {
  position = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get isAtEnd(): boolean {
    return this.position >= this.#text.length;
  }

  /** What matches here, and moves behind it; undefined when nothing does. */
  take(pattern: RegExp, group = 0): string | undefined {
    pattern.lastIndex = this.position;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.position = pattern.lastIndex;
    return match[group] ?? '';
  }

  /** `=` with space around it, unless it is the padding of a token68: then nothing follows. */
  takeEquals(): boolean {
    const start = this.position;
    this.take(SPACE);
    if (this.#text[this.position] !== '=') return this.#back(start);
    this.position += 1;
    this.take(SPACE);
    const next = this.#text[this.position];
    return next === undefined || next === '=' || next === ',' ? this.#back(start) : true;
  }

  /** Moves behind commas and space. Says how many commas there were: a list may have empty places (RFC 9110 §5.6.1). */
  skipSeparators(): number {
    let commas = 0;
    for (;;) {
      this.take(SPACE);
      if (this.#text[this.position] !== ',') return commas;
      this.position += 1;
      commas += 1;
    }
  }

  #back(position: number): false {
    this.position = position;
    return false;
  }
}

/** What a protected resource asks for (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1), from whatever it answered. */
export interface ResourceChallenge {
  /** `resource_metadata`, as it stands there. */
  readonly resourceMetadata: string | undefined;
  /** `error`: `invalid_token`, `insufficient_scope`, `use_dpop_nonce`, … */
  readonly error: string | undefined;
  /** `scope`, as it stands there. */
  readonly scope: string | undefined;
  /** Whether it asks for a token that is bound to a key (RFC 9449). */
  readonly wantsDpop: boolean;
}

const NO_CHALLENGE: ResourceChallenge = {
  resourceMetadata: undefined,
  error: undefined,
  scope: undefined,
  wantsDpop: false,
};

/**
 * Reads the challenge of a 401 or 403. With both schemes, the one of the scheme that was sent says what was wrong with the
 * token (RFC 9449 §7.1: the demand for a nonce). What that of `DPoP` leaves open of metadata and scopes stands in the other.
 * Where no token was sent, `Bearer` is taken: it is what every server that offers both accepts. Parameters of other schemes
 * count for nothing. One that is malformed is as good as none: discovery then goes by the well-known addresses.
 *
 * @param sent - the scheme of the token that was answered so; undefined where none was sent
 */
export function readResourceChallenge(headers: Headers, sent?: 'Bearer' | 'DPoP'): ResourceChallenge {
  const challenges = parseChallenges(headers.get('www-authenticate') ?? '') ?? [];
  const bearer = challenges.filter(({ scheme }) => scheme === 'bearer');
  const dpop = challenges.filter(({ scheme }) => scheme === 'dpop');
  // Two of one scheme: which one is meant would be a guess.
  if (bearer.length > 1 || dpop.length > 1) return NO_CHALLENGE;
  const isDpopSent = sent === 'DPoP';
  const [challenge, other] = isDpopSent ? [...dpop, ...bearer] : [...bearer, ...dpop];
  if (challenge === undefined) return NO_CHALLENGE;
  const { parameters } = challenge;
  const rest = isDpopSent ? other?.parameters : undefined;
  return {
    resourceMetadata: parameters.get('resource_metadata') ?? rest?.get('resource_metadata'),
    error: parameters.get('error'),
    scope: parameters.get('scope') ?? rest?.get('scope'),
    wantsDpop: bearer.length === 0,
  };
}
