import { describe, expect, it } from 'vitest';
import * as presets from '../index.js';
import type { TrustedIssuer } from '../issuers/trusted-issuer.js';
import { auth0 } from './auth0.js';
import { authentik } from './authentik.js';
import { keycloak } from './keycloak.js';
import { logto } from './logto.js';
import { okta } from './okta.js';
import { ping } from './ping.js';
import type { KeyLocation } from './preset-options.js';
import { PRESETS } from './registry.js';
import { RESOURCE, TRUSTED } from './testing/recorded-tokens.js';
import { workos } from './workos.js';

const jwksUri = 'https://keys.example.net/jwks';

const MADE = {
  auth0: (keys) => auth0({ issuer: TRUSTED.auth0.issuer, ...keys }),
  authentik: (keys) => authentik({ issuer: TRUSTED.authentik.issuer, clientId: 'c', ...keys }),
  keycloak: (keys) => keycloak({ issuer: TRUSTED.keycloak.issuer, ...keys }),
  logto: (keys) => logto({ issuer: TRUSTED.logto.issuer, ...keys }),
  okta: (keys) => okta({ issuer: TRUSTED.okta.issuer, ...keys }),
  ping: (keys) => ping({ issuer: TRUSTED.ping.issuer, ...keys }),
  workos: (keys) => workos({ issuer: TRUSTED.workos.issuer, ...keys }),
} satisfies Record<string, (keys: KeyLocation) => TrustedIssuer>;

describe('where the keys of a preset are', () => {
  it.each(Object.entries(MADE))('RS-02 is for %s what is configured, over https, and is printed', (name, make) => {
    expect(make({ jwksUri }).verification).toEqual({ method: 'signature', jwksUri });
    expect(make({}).verification).toEqual({ method: 'signature' });
    for (const wrong of ['http://keys.example.net/jwks', '/jwks', '', 7 as never]) {
      expect(() => make({ jwksUri: wrong })).toThrow(`${name}: \`jwksUri\` must be an https URL`);
    }
    const { issuer } = TRUSTED[name as keyof typeof MADE];
    const { codeOf } = PRESETS[name as keyof typeof MADE];
    expect(codeOf({ issuer, resource: RESOURCE, jwksUri })).toContain(`, jwksUri: '${jwksUri}' })`);
    expect(codeOf({ issuer, resource: RESOURCE })).not.toContain('jwksUri');
  });
});

it.each(Object.values(PRESETS))('$name cannot be made of nothing', ({ name }) => {
  const make = (presets as unknown as Record<string, () => unknown>)[name];
  expect(make).toThrow(TypeError);
  expect(make).toThrow(new RegExp(`^${name}: .* missing`));
});
