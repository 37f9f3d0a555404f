import type { AuditEvent, AuditSink, WholeResponse } from '@portcullis/ports';
import { fail, succeed } from '@portcullis/protocol';
import { compactVerify, decodeProtectedHeader } from 'jose';
import type { Verification } from '../../access-token-verifier.js';
import type { CustomIssuer, TrustedIssuer } from '../../issuers/trusted-issuer.js';
import { protectedResourceMetadataUrl } from '../../protected-resource-metadata.js';
import type { Admission, PresentedRequest } from '../../resource/protected-resource.js';
import type { TenantResource, TenantResourceOptions } from '../tenant-resources.js';

export interface SimpleGuardOptions extends TenantResourceOptions {
  /** As `bindToTenant` leaves them. */
  readonly authorizationServers: readonly (TrustedIssuer | CustomIssuer)[];
  readonly audit?: AuditSink;
  /** What each issuer publishes, by its identifier. */
  readonly published?: ReadonlyMap<string, readonly { readonly kid: string; readonly key: CryptoKey }[]>;
}

export interface SimpleGuard extends TenantResource {
  readonly options: SimpleGuardOptions;
  readonly toolScopes: ReadonlyMap<string, readonly string[]>;
}

/** The least that a resource does, on real signatures: what tenancy adds is told apart from what a guard does anyway. */
export function simpleGuard(options: SimpleGuardOptions): SimpleGuard {
  const { resource, authorizationServers, tenantId, audit, published } = options;
  const metadataUrl = protectedResourceMetadataUrl(resource);
  const toolScopes = new Map<string, readonly string[]>();

  async function verify(accessToken: string): Promise<Verification> {
    for (const choice of authorizationServers) {
      const verification = await verifyBy(choice, accessToken);
      if (verification.ok || verification.failure.reason !== 'wrong_issuer') return verification;
    }
    return fail({ reason: 'wrong_issuer' });
  }

  async function verifyBy(choice: TrustedIssuer | CustomIssuer, accessToken: string): Promise<Verification> {
    if ('verifier' in choice) return choice.verifier.verify(accessToken);
    const { issuer, rules } = choice;
    try {
      const claimed = JSON.parse(atob((accessToken.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/')));
      if (claimed.iss !== issuer) return fail({ reason: 'wrong_issuer' });
      const { kid, alg = '' } = decodeProtectedHeader(accessToken);
      const key = published?.get(issuer)?.find((one) => one.kid === kid)?.key;
      if (key === undefined) return fail({ reason: 'unknown_key' });
      const { payload } = await compactVerify(accessToken, key, { algorithms: [...rules.algorithms] });
      const claims = JSON.parse(new TextDecoder().decode(payload));
      const header = { algorithm: alg, keyId: kid ?? '', type: 'at+jwt', members: {} };
      const facts = rules.readClaims(claims, { issuer, resource, header });
      if (!facts.ok) return facts;
      const { subject, clientId, scopes, tenantId: told } = facts.value;
      return succeed({
        tenantId: told,
        issuer,
        resource,
        subject,
        clientId,
        scopes,
        permissions: [],
        groups: undefined,
        accessTokenId: undefined,
        grantId: undefined,
        keyId: kid,
        issuedAtEpochSeconds: claims.iat,
        expiresAtEpochSeconds: claims.exp,
        recipientProof: rules.recipientProof,
        claims,
      });
    } catch {
      return fail({ reason: 'bad_signature' });
    }
  }

  function refuse(type: AuditEvent['type'], reason: string): Admission {
    audit?.record({ type, outcome: 'refused', tenantId: tenantId ?? '', occurredAtEpochSeconds: 0, reason, resource });
    const challenge = `Bearer error="invalid_token", resource_metadata="${metadataUrl}"`;
    return answered({ status: 401, headers: { 'www-authenticate': challenge }, body: '' });
  }

  async function admit({ target, rawHeaders }: PresentedRequest): Promise<Admission> {
    if (target === new URL(metadataUrl).pathname) {
      const authorization_servers = authorizationServers.map(({ issuer }) => issuer);
      return answered({ status: 200, headers: {}, body: JSON.stringify({ resource, authorization_servers }) });
    }
    const at = rawHeaders.findIndex((name) => name.toLowerCase() === 'authorization');
    const accessToken = rawHeaders[at + 1]?.replace('Bearer ', '') ?? '';
    const verification = await verify(accessToken);
    if (!verification.ok) {
      const { reason } = verification.failure;
      return refuse(reason === 'wrong_tenant' ? 'tenant.crossing' : 'access_token.refused', reason);
    }
    if (verification.value.tenantId !== tenantId) return refuse('tenant.crossing', 'wrong_tenant');
    return {
      outcome: 'admitted',
      caller: {
        ...verification.value,
        heldScopes: new Set(verification.value.scopes),
        resourceMetadataUrl: metadataUrl,
      },
      accessToken,
      headers: {},
      needsBody: true,
      authorize: () => undefined,
    } as unknown as Admission;
  }

  return { options, toolScopes, admit, tools: { declare: (name, scopes) => void toolScopes.set(name, scopes) } };
}

function answered(response: WholeResponse): Admission {
  return { outcome: 'answered', response };
}
