import {
  auth0,
  authentik,
  cognito,
  type EntraOptions,
  entra,
  keycloak,
  logto,
  okta,
  type PresetName,
  ping,
  portcullis,
  rfc9068,
  type TrustedIssuer,
  workos,
} from '@portcullis/resource-server';

/** What the configuration of a preset is made from, as far as an issuer and a sample token tell it. */
export interface PresetFacts {
  readonly issuer: string;
  readonly audiences: readonly string[];
  readonly clientId: string | undefined;
}

type MakeIssuer = (facts: PresetFacts) => TrustedIssuer | undefined;

/** The presets as the configuration that is printed uses them. Absent: what they need besides is not in a token. */
const MAKERS: Readonly<Partial<Record<PresetName, MakeIssuer>>> = {
  auth0: ({ issuer }) => auth0({ issuer }),
  authentik: ({ issuer, audiences: [clientId] }) =>
    clientId === undefined ? undefined : authentik({ issuer, clientId }),
  cognito: makeCognito,
  entra: makeEntra,
  keycloak: ({ issuer }) => keycloak({ issuer }),
  logto: ({ issuer }) => logto({ issuer }),
  okta: ({ issuer }) => okta({ issuer }),
  ping: ({ issuer }) => ping({ issuer }),
  portcullis: ({ issuer }) => portcullis({ issuer }),
  rfc9068: ({ issuer }) => rfc9068(issuer),
  workos: ({ issuer }) => workos({ issuer }),
};

/** A preset set up for an issuer, or why it takes no such issuer; `undefined` where more has to be known than there is. */
export type PresetSetUp = { readonly trusted: TrustedIssuer } | { readonly refusal: string } | undefined;

/** Sets a preset up as the printed configuration does. Never throws. */
export function setUpPreset(preset: PresetName, facts: PresetFacts): PresetSetUp {
  try {
    const trusted = MAKERS[preset]?.(facts);
    return trusted === undefined ? undefined : { trusted };
  } catch (error) {
    return { refusal: error instanceof Error ? error.message : String(error) };
  }
}

/** What has no `aud` is held against its scopes: the weaker way, which the configuration has to name. */
function makeCognito({ issuer, audiences, clientId }: PresetFacts): TrustedIssuer | undefined {
  const [, region, userPoolId] = /^https:\/\/cognito-idp\.([a-z0-9-]+)\.amazonaws\.com\/([\w-]+)$/.exec(issuer) ?? [];
  if (region === undefined || userPoolId === undefined || clientId === undefined) return undefined;
  const recipientProof = audiences.length === 0 ? 'resource_scopes' : 'audience';
  return cognito({ region, userPoolId, clients: [clientId], recipientProof });
}

/** Of any cloud that the preset knows: it refuses the others. */
function makeEntra({ issuer, audiences: [api] }: PresetFacts): TrustedIssuer | undefined {
  const [, authority, tenant] = /^(https:\/\/login\.[a-z.]+)\/([0-9a-f-]{36})\/v2\.0$/.exec(issuer) ?? [];
  if (tenant === undefined || api === undefined) return undefined;
  return entra({ tenant, api, authority: authority as NonNullable<EntraOptions['authority']> });
}
