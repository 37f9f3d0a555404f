/**
 * What the SDKs' own guards decide otherwise, with our verifier in them, and why. A case of the table that names one of
 * these has to fail behind all three of them: one that they came to decide as everybody else does is found out.
 */
export const SDK_DIFFERS = {
  bareChallenge: 'requireBearerAuth has no challenge without an error: without a credential it says invalid_token',
  oneHeader: 'requireBearerAuth reads the one Authorization header that the parsed headers have left',
  listInOneHeader:
    'requireBearerAuth takes the first of two credentials in one header for a broken token: 401, not 400',
  tokenInQuery: 'requireBearerAuth does not look at the query',
  origin: 'requireBearerAuth does not look at Origin: the SDKs have other middleware for it, without CORS',
  metadata: 'requireBearerAuth serves no metadata: the SDKs have routers of their own for it',
  spellings:
    'requireBearerAuth guards the route that it is put before, and other spellings are what the router makes of them',
  toolScopes: 'requireBearerAuth knows no scopes of a tool: they are for the tool to check',
  requiredScopes: 'requireBearerAuth names in a challenge only what it was told itself, not what the resource needs',
  body: 'requireBearerAuth does not look into the body: that is left to the transport',
  expiryTolerance: 'requireBearerAuth takes a token for expired in the second that it names',
  proof:
    'requireBearerAuth knows Bearer alone, and shows its verifier a token without the proof: bound tokens are refused, by Bearer',
  unavailable: 'requireBearerAuth knows no 503: what cannot be told right now is a 500',
} as const;

/** The name of a difference. */
export type SdkDifference = keyof typeof SDK_DIFFERS;
