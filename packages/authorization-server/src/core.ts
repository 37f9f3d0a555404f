import type { DpopNonces, SignInService } from '@portcullis/ports';
import type { IssuerKeys } from './assertion-issuers/issuer-keys.js';
import type { AuditTrail } from './audit-trail.js';
import type { ClientDirectory } from './clients/client-directory.js';
import type { ClientKeys } from './clients/client-keys.js';
import type { BrowserCookies } from './consent/browser-cookies.js';
import type { EndpointPaths } from './endpoint-urls.js';
import type { AccessTokenIssuer } from './grants/access-token.js';
import type { OwnAccessTokens } from './grants/own-access-token.js';
import type { SigningKeys } from './keys/signing-keys.js';
import type { AuthorizationServerPorts } from './options.js';
import type { ResourceDirectory } from './resources/resource-directory.js';
import type { Settings } from './settings.js';

/** What the endpoints share: built once, at construction. */
export interface Core {
  readonly ports: AuthorizationServerPorts;
  readonly settings: Settings;
  readonly paths: EndpointPaths;
  readonly trail: AuditTrail;
  readonly clients: ClientDirectory;
  readonly clientKeys: ClientKeys;
  /** Of those whose assertions are accepted. */
  readonly issuerKeys: IssuerKeys;
  readonly resources: ResourceDirectory;
  readonly cookies: BrowserCookies;
  readonly signingKeys: SigningKeys;
  readonly accessTokens: AccessTokenIssuer;
  readonly ownAccessTokens: OwnAccessTokens;
  /** Those that proofs have to carry; undefined where they need none. */
  readonly dpopNonces: DpopNonces | undefined;
  /** The host's own, or by password. */
  readonly signIn: SignInService;
}
