import { authorizationCodeGrant } from './authorization-code.js';
import { clientCredentialsGrant } from './client-credentials.js';
import { deviceCodeGrant } from './device-code.js';
import { jwtBearerGrant } from './jwt-bearer.js';
import { refreshTokenGrant } from './refresh-token.js';
import { tokenExchangeGrant } from './token-exchange.js';
import type { TokenGrant } from './token-grant.js';

/** Every grant there is. A new one is a file beside these and a line here. */
export const TOKEN_GRANTS: readonly TokenGrant[] = [
  authorizationCodeGrant,
  refreshTokenGrant,
  clientCredentialsGrant,
  tokenExchangeGrant,
  deviceCodeGrant,
  jwtBearerGrant,
];
