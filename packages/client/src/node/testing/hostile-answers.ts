import fc from 'fast-check';

/** What a server can be asked for. */
export const LOCATIONS = ['mcp', 'resource_metadata', 'metadata', 'register', 'authorize', 'token', 'revoke'] as const;
export type Location = (typeof LOCATIONS)[number];

/** What an answer is made with: the origins of this world, the one that is asked, and what it is asked. */
export interface Asked {
  readonly origins: Readonly<Record<'mcp' | 'as1' | 'evil', string>>;
  readonly own: 'mcp' | 'as1' | 'evil';
  readonly parameters: URLSearchParams;
  /** A fresh text that names the server it comes from. */
  secret(kind: string): string;
}

/** An answer. `hang` is none at all, `drip` one without end. */
export interface HostileReply {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly pace?: 'hang' | 'drip';
}

type Answer = (asked: Asked) => HostileReply;

const INSIDE = [
  'https://10.0.0.7/x',
  'https://169.254.169.254/latest',
  'http://169.254.169.254/latest',
  'file:///etc/passwd',
];
/** More than a metadata document may have, and more than an answer of a token endpoint. */
const HUGE = 2 * 1024 * 1024;

const json = (document: unknown, more: HostileReply = {}): HostileReply => ({
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(document),
  ...more,
});

/** Answers that are wrong anywhere. */
const NONSENSE: Readonly<Record<string, Answer>> = {
  hang: () => ({ pace: 'hang' }),
  drip: () => ({ pace: 'drip' }),
  missing: () => ({ status: 404 }),
  broken: () => ({ status: 500 }),
  busy: () => ({ status: 503, headers: { 'retry-after': '1' } }),
  page: () => ({ headers: { 'content-type': 'text/html' }, body: '<html><script>alert(1)</script>' }),
  list: () => json([{}]),
  nothing: () => ({}),
  huge: () => ({ body: `{"a":"${'x'.repeat(HUGE)}"}` }),
  deep: () => ({ body: '['.repeat(20_000) }),
  twice: () => ({ body: '{"issuer":"a","issuer":"b","access_token":"a","access_token":"b"}' }),
  bomb: () => ({ headers: { 'content-encoding': 'gzip' }, body: 'no gzip' }),
  inside: () => ({ status: 302, headers: { location: INSIDE[0] ?? '' } }),
  metadataHost: () => ({ status: 307, headers: { location: INSIDE[2] ?? '' } }),
  elsewhere: ({ origins }) => ({ status: 307, headers: { location: `${origins.evil}/collect` } }),
  sibling: ({ origins }) => ({ status: 308, headers: { location: `${origins.mcp}/other` } }),
  again: ({ origins }) => ({ status: 307, headers: { location: `${origins.mcp}/mcp/deeper` } }),
};

const challenge = (text: string, status = 401): HostileReply => ({ status, headers: { 'www-authenticate': text } });
const prm = (url: string): string => `Bearer resource_metadata="${url}"`;

/** The MCP server. Good is whatever leads on: it takes any token, and wants one. */
const MCP: Readonly<Record<string, Answer>> = {
  served: () => json({}),
  unauthorized: ({ origins }) => challenge(prm(`${origins.mcp}/.well-known/oauth-protected-resource/mcp`)),
  bare: () => ({ status: 401 }),
  foreign: ({ origins }) => challenge(prm(`${origins.evil}/.well-known/oauth-protected-resource/mcp`)),
  inner: () => challenge(prm(INSIDE[0] ?? '')),
  innerHttp: () => challenge(prm(INSIDE[2] ?? '')),
  file: () => challenge(prm(INSIDE[3] ?? '')),
  bound: () => challenge('DPoP algs="ES256", error="use_dpop_nonce"'),
  unbalanced: () => challenge('Bearer scope="a'),
  long: () => challenge(`Bearer ${'a=b, '.repeat(2000)}`),
  more: ({ secret }) => challenge(`Bearer error="insufficient_scope", scope="${secret('scope')}"`, 403),
  forbidden: () => ({ status: 403 }),
};

const RESOURCE_METADATA: Readonly<Record<string, Answer>> = {
  right: ({ origins }) => json({ resource: `${origins.mcp}/mcp`, authorization_servers: [origins.as1] }),
  moved: ({ origins }) => json({ resource: `${origins.mcp}/mcp`, authorization_servers: [origins.evil] }),
  foreign: ({ origins }) => json({ resource: `${origins.evil}/mcp`, authorization_servers: [origins.as1] }),
  inner: ({ origins }) => json({ resource: `${origins.mcp}/mcp`, authorization_servers: INSIDE }),
  many: ({ origins }) =>
    json({
      resource: `${origins.mcp}/mcp`,
      authorization_servers: Array.from({ length: 500 }, (_, index) => `${origins.evil}/${index}`),
    }),
  numbers: ({ origins }) => json({ resource: `${origins.mcp}/mcp`, authorization_servers: [1, null] }),
};

function metadata({ origins, own }: Asked, change: Readonly<Record<string, unknown>> = {}): HostileReply {
  const origin = origins[own];
  return json({
    issuer: origin,
    authorization_endpoint: `${origin}/authorize`,
    token_endpoint: `${origin}/token`,
    registration_endpoint: `${origin}/register`,
    revocation_endpoint: `${origin}/revoke`,
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
    ...change,
  });
}

/**
 * An authorization server names endpoints of its own, or ones that nobody may go to: where it has its tokens issued is its
 * own business, so endpoints of another origin would say nothing of the client.
 */
const METADATA: Readonly<Record<string, Answer>> = {
  right: (asked) => metadata(asked),
  otherIssuer: (asked) =>
    metadata(asked, { issuer: asked.origins.evil, token_endpoint: `${asked.origins.evil}/token` }),
  firstIssuer: (asked) => metadata(asked, { issuer: asked.origins.as1 }),
  innerToken: (asked) => metadata(asked, { token_endpoint: INSIDE[0] }),
  innerRegister: (asked) => metadata(asked, { registration_endpoint: INSIDE[1] }),
  innerRevoke: (asked) => metadata(asked, { revocation_endpoint: INSIDE[1] }),
  fileAuthorize: (asked) => metadata(asked, { authorization_endpoint: INSIDE[3] }),
  shellAuthorize: (asked) => metadata(asked, { authorization_endpoint: 'https://x/$(touch a);`b`|c' }),
  weak: (asked) => metadata(asked, { code_challenge_methods_supported: ['plain'] }),
  bound: (asked) => metadata(asked, { dpop_signing_alg_values_supported: ['ES256'] }),
  noToken: (asked) => metadata(asked, { token_endpoint: 7 }),
};

const REGISTER: Readonly<Record<string, Answer>> = {
  right: ({ secret }) => json({ client_id: secret('id'), client_secret: secret('secret') }, { status: 201 }),
  nobody: () => json({}, { status: 201 }),
  refused: () => json({ error: 'invalid_redirect_uri' }, { status: 400 }),
};

/** Where the browser is sent back to, with what. */
function back({ parameters }: Asked, response: Readonly<Record<string, string>>): HostileReply {
  const target = parameters.get('redirect_uri') ?? '';
  if (!URL.canParse(target)) return { status: 400 };
  const location = new URL(target);
  for (const [name, value] of Object.entries(response)) location.searchParams.append(name, value);
  return { status: 302, headers: { location: location.href } };
}

const stateOf = ({ parameters }: Asked): string => parameters.get('state') ?? '';

const AUTHORIZE: Readonly<Record<string, Answer>> = {
  right: (asked) => back(asked, { code: asked.secret('code'), state: stateOf(asked) }),
  declined: (asked) => back(asked, { error: 'access_denied', state: stateOf(asked) }),
  otherState: (asked) => back(asked, { code: asked.secret('code'), state: 'other' }),
  otherIssuer: (asked) => back(asked, { code: asked.secret('code'), state: stateOf(asked), iss: asked.origins.evil }),
  nothing: (asked) => back(asked, { state: stateOf(asked) }),
};

const tokens = ({ secret }: Asked): Record<string, unknown> => ({
  access_token: secret('at'),
  refresh_token: secret('rt'),
  token_type: 'Bearer',
  expires_in: 600,
});

const TOKEN: Readonly<Record<string, Answer>> = {
  right: (asked) => json(tokens(asked)),
  forEver: (asked) => json({ ...tokens(asked), expires_in: 1e308 }),
  short: (asked) => json({ ...tokens(asked), expires_in: '1' }),
  lines: (asked) => json({ ...tokens(asked), access_token: 'a\r\nx: y' }),
  otherType: (asked) => json({ ...tokens(asked), token_type: 'mac' }),
  dpop: (asked) => json({ ...tokens(asked), token_type: 'DPoP' }),
  invalidClient: () => json({ error: 'invalid_client' }, { status: 401 }),
  invalidGrant: () => json({ error: 'invalid_grant' }, { status: 400 }),
  nonce: ({ secret }) => ({
    ...json({ error: 'use_dpop_nonce' }, { status: 400 }),
    headers: { 'content-type': 'application/json', 'dpop-nonce': secret('nonce') },
  }),
};

const REVOKE: Readonly<Record<string, Answer>> = { right: () => ({}) };

const TABLES: Readonly<Record<Location, Readonly<Record<string, Answer>>>> = {
  mcp: MCP,
  resource_metadata: RESOURCE_METADATA,
  metadata: METADATA,
  register: REGISTER,
  authorize: AUTHORIZE,
  token: TOKEN,
  revoke: REVOKE,
};

/** The names of what each location answers, one after the other and then from the beginning. */
export type DrawnAnswers = Readonly<Record<Location, readonly string[]>>;

/** What leads furthest: a server that signs anybody in and takes every token but none. */
export const RIGHT_ANSWERS: DrawnAnswers = {
  mcp: ['unauthorized', 'served'],
  resource_metadata: ['right'],
  metadata: ['right'],
  register: ['right'],
  authorize: ['right'],
  token: ['right'],
  revoke: ['right'],
};

/** Mostly what leads on, so that what does not comes late too; then nonsense of the place, or of any place. */
function drawn(location: Location): fc.Arbitrary<readonly string[]> {
  const answer = fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...RIGHT_ANSWERS[location]) },
    { weight: 5, arbitrary: fc.constantFrom(...Object.keys(TABLES[location])) },
    { weight: 2, arbitrary: fc.constantFrom(...Object.keys(NONSENSE)) },
  );
  return fc.array(answer, { minLength: 1, maxLength: 4 });
}

/** Answers for all locations. */
export const drawnAnswers: fc.Arbitrary<DrawnAnswers> = fc.record({
  mcp: drawn('mcp'),
  resource_metadata: drawn('resource_metadata'),
  metadata: drawn('metadata'),
  register: drawn('register'),
  authorize: drawn('authorize'),
  token: drawn('token'),
  revoke: drawn('revoke'),
});

/** The answer of that name. */
export function answerOf(location: Location, name: string, asked: Asked): HostileReply {
  return (TABLES[location][name] ?? NONSENSE[name])?.(asked) ?? {};
}
