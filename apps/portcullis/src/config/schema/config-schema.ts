import { LONGEST_LIFETIMES } from '@portcullis/authorization-server/rules';
import { z } from 'zod';
import { parsePublicUrl } from '../public-url.js';
import { checkTrustedProxy } from '../trusted-proxy.js';
import { assertionIssuerSchema } from './assertion-issuer-schema.js';
import { checkedText, strictObject, wholeNumber } from './building-blocks.js';
import { checkRedirectScheme, clientSchema } from './client-schema.js';
import { databaseSchema } from './database-schema.js';
import { DAY, MINUTE } from './durations.js';
import { lifetimesSchema } from './lifetimes-schema.js';
import { metadataDocumentsSchema } from './metadata-documents-schema.js';
import { rateLimitsSchema } from './rate-limits-schema.js';
import { signingSchema } from './signing-schema.js';
import { upstreamSchema } from './upstream-schema.js';

/** Where a gate keeps its state, below the working directory, where nobody says otherwise. It is no default of the file's
 * schema: what is written in the file is relative to the file. */
export const DEFAULT_DATA_DIRECTORY = '.portcullis';

/** Ten years. */
const LONGEST_STRICT_TRANSPORT_SECONDS = 10 * 365 * DAY;

function checkOrigin(text: string): string | undefined {
  try {
    if (new URL(text).origin === text) return undefined;
  } catch {
    // Falls through: what is no URL is no origin either.
  }
  return 'must be an origin exactly as a browser sends it, such as https://app.example.com';
}

/** `portcullis.yaml`; that names are there once is `checkNames`'s to say. Keys it does not know are errors; every default of a file stands here and nowhere else. */
export const configSchema = strictObject({
  publicUrl: checkedText(
    'The origin at which clients reach the gate. Default: the loopback address it listens on.',
    (text) => {
      const parsed = parsePublicUrl(text);
      return parsed.ok ? undefined : parsed.failure;
    },
  ).optional(),
  host: z.string().min(1).default('127.0.0.1').describe('Address to listen on.'),
  port: z.number().int().min(1).max(65_535).default(8808).describe('TCP port to listen on.'),
  dataDir: z
    .string()
    .min(1)
    .optional()
    .describe(
      `Where keys and the database live, relative to this file. Default: ${DEFAULT_DATA_DIRECTORY} in the directory that the gate is started in, which need not be that of this file.`,
    ),
  database: databaseSchema
    .optional()
    .describe('PostgreSQL, for gates on several machines. Default: SQLite in dataDir.'),
  tls: strictObject({
    cert: z.string().min(1).describe('Certificate chain, PEM file.'),
    key: z.string().min(1).describe('Private key, PEM file.'),
  })
    .optional()
    .describe('Set to end TLS in the gate itself.'),
  strictTransportSecurity: z
    .union([z.literal(false), z.number().int().min(0).max(LONGEST_STRICT_TRANSPORT_SECONDS)], {
      error: `must be a whole number of seconds from 0 to ${LONGEST_STRICT_TRANSPORT_SECONDS}, or false`,
    })
    .default(365 * DAY)
    .describe(
      'How long browsers are held to https, in seconds (RFC 6797), where publicUrl is an https name without a port; 0: no longer, whatever the port; false: nothing is said.',
    ),
  trustedProxies: z
    .array(checkedText('Address or CIDR range.', checkTrustedProxy))
    .default([])
    .describe(
      'Proxies whose X-Forwarded-For is believed: such as write it themselves, and no balancer of connections. Nobody by default.',
    ),
  maxConnections: wholeNumber('Connections at one time; further ones are closed at once.', 1, 1_000_000, 10_000),
  maxConnectionsPerNetwork: z
    .number()
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe(
      'Of these, those of one network; trusted proxies and loopback addresses may have all. Default: half of maxConnections.',
    ),
  allowedOrigins: z
    .array(checkedText('Origin of a web page.', checkOrigin))
    .default([])
    .describe('Origins of web applications that may call the MCP endpoints from a browser.'),
  upstreams: z.array(upstreamSchema).default([]).describe('The MCP servers behind the gate.'),
  clients: z.array(clientSchema).default([]).describe('Clients registered by you.'),
  dynamicRegistration: z.boolean().default(true).describe('Whether clients may register themselves (RFC 7591).'),
  registrationManagement: z
    .boolean()
    .default(true)
    .describe('Whether a client that registered itself may read, change and delete its registration (RFC 7592).'),
  pushedAuthorizationRequests: z
    .enum(['accepted', 'required'])
    .default('accepted')
    .describe('Whether clients may push their authorization requests (RFC 9126), or all have to.'),
  dpop: strictObject(
    {
      requireNonce: z
        .boolean()
        .default(false)
        .describe(
          'Whether proofs of possession carry a nonce of the gate (RFC 9449 §8), whatever the clock of the client.',
        ),
    },
    { required: '"required" belongs to an upstream: upstreams: [{…, dpop: {required: true}}]' },
  )
    .prefault({})
    .describe('Proofs of possession at the token endpoint (RFC 9449).'),
  assertionIssuers: z
    .array(assertionIssuerSchema)
    .default([])
    .describe('Identity providers and platforms whose assertions are accepted (RFC 7523 §2.1).'),
  clientIdMetadataDocuments: metadataDocumentsSchema
    .prefault({})
    .describe('Which clients may be known by the URL of their metadata document; false: none.'),
  rememberConsent: z
    .boolean()
    .default(false)
    .describe('Whether a request for nothing new, with an https redirect, is answered without the consent page.'),
  allowedRedirectSchemes: z
    .array(checkedText('Private-use URI scheme.', checkRedirectScheme))
    .default([])
    .describe('Private-use schemes that clients may redirect to, such as com.example.app.'),
  lifetimes: lifetimesSchema.prefault({}).describe('How long things live.'),
  signing: signingSchema.prefault({}).describe('The keys that sign access tokens.'),
  refreshGraceSeconds: wholeNumber(
    'A lost refresh response may be asked for again for this long; 0 turns it off.',
    0,
    LONGEST_LIFETIMES.refreshGraceSeconds,
    60,
  ),
  callTimeoutSeconds: wholeNumber('Longest time one MCP call may take.', 1, DAY, 30 * MINUTE),
  rateLimits: rateLimitsSchema.prefault({}).describe('Requests allowed per minute.'),
  revocation: strictObject({
    whenBlind: z
      .enum(['serve', 'refuse'])
      .default('serve')
      .describe('Whether tokens already verified are served while revocations cannot be heard of.'),
  }).prefault({}),
  logLevel: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('Lines below this level are not written.'),
}).superRefine(({ maxConnections, maxConnectionsPerNetwork = 0 }, context) => {
  if (maxConnectionsPerNetwork <= maxConnections) return;
  const message = `is more than maxConnections, which is ${maxConnections}`;
  context.addIssue({ code: 'custom', path: ['maxConnectionsPerNetwork'], message });
});

/** The configuration as an operator writes it, defaults filled in. */
export type ConfigInput = z.output<typeof configSchema>;
