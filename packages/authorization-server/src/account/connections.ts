import type { Consent, FoundGrant } from '@portcullis/ports';
import type { EpochSeconds, ResourceIdentifier } from '@portcullis/protocol';

/** What a user let one client do at one resource, all in all. */
export interface Connection {
  readonly resource: ResourceIdentifier;
  /** Whatever was allowed, whether or not a token carries it now. */
  readonly scopes: readonly string[];
  /** When the oldest access that still lives was given; without any, when it was last approved. */
  readonly connectedAtEpochSeconds: EpochSeconds;
  /** Undefined where no access lives. */
  readonly lastUsedAtEpochSeconds: EpochSeconds | undefined;
  /** Undefined where the user has to be asked for everything. */
  readonly consent: Consent | undefined;
}

/** A client with all its connections. */
export interface ClientConnections {
  readonly clientId: string;
  readonly connections: readonly Connection[];
}

/** Joins what a user has granted and consented to: by client, the one used last first, and by resource within. */
export function joinConnections(
  grants: readonly FoundGrant[],
  consents: readonly Consent[],
): readonly ClientConnections[] {
  const clientIds = new Set([
    ...grants.map(({ grant }) => grant.clientId),
    ...consents.map(({ clientId }) => clientId),
  ]);
  return [...clientIds]
    .map((clientId) => ({
      clientId,
      connections: connectionsOf(
        grants.filter(({ grant }) => grant.clientId === clientId),
        consents.filter((consent) => consent.clientId === clientId),
      ),
    }))
    .sort((a, b) => lastUse(b) - lastUse(a) || (a.clientId < b.clientId ? -1 : 1));
}

function connectionsOf(grants: readonly FoundGrant[], consents: readonly Consent[]): readonly Connection[] {
  const resources = new Set([
    ...grants.map(({ grant }) => grant.resource),
    ...consents.map(({ resource }) => resource),
  ]);
  return [...resources].sort().map((resource) => {
    const live = grants.filter(({ grant }) => grant.resource === resource);
    const consent = consents.find((one) => one.resource === resource);
    const given = live.map(({ grant }) => grant.createdAtEpochSeconds);
    const scopes = new Set([...(consent?.scopes ?? []), ...live.flatMap(({ grant }) => grant.scopes)]);
    return {
      resource,
      scopes: [...scopes],
      connectedAtEpochSeconds: given.length > 0 ? Math.min(...given) : (consent?.grantedAtEpochSeconds ?? 0),
      lastUsedAtEpochSeconds:
        live.length > 0 ? Math.max(...live.map((grant) => grant.lastUsedAtEpochSeconds)) : undefined,
      consent,
    };
  });
}

function lastUse({ connections }: ClientConnections): EpochSeconds {
  return Math.max(...connections.map(({ lastUsedAtEpochSeconds }) => lastUsedAtEpochSeconds ?? 0));
}
