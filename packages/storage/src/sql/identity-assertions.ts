import { type IdentityAssertionStore, requireOwnGrant, stillAllows } from '@portcullis/ports';
import { type SqlAccess, writeEvent } from './access.js';
import { holdConsent } from './consents.js';
import { insertGrant, noteClientUse } from './grant-rows.js';
import { useOneTimeId } from './one-time-ids.js';
import { writeOrUndo } from './undo.js';
import { addRecognised, holdUser, renameRecognised } from './user-rows.js';

/** {@link IdentityAssertionStore} on SQL. */
export function createIdentityAssertionStore(access: SqlAccess): IdentityAssertionStore {
  return {
    async redeem(tenantId, use, now, markLifetimeSeconds, events) {
      const { idHash, expiresAtEpochSeconds, user, admitsNewUsers, consent, grant } = use;
      requireOwnGrant(tenantId, user, grant);
      return writeOrUndo(access, tenantId, async (trx, undo) => {
        const id = { tenantId, kind: 'identity_assertion', idHash, expiresAtEpochSeconds, now } as const;
        if (!(await useOneTimeId(trx, id))) return 'replayed';
        if (admitsNewUsers && (await addRecognised(trx, user))) {
          await writeEvent(trx, events.recognised);
        } else {
          // Renamed before they are held: of two that hold one user, neither could rename them.
          await renameRecognised(trx, user);
          if (!(await holdUser(trx, tenantId, user.subject))) return undo('user_gone');
        }
        if (consent !== undefined && !stillAllows(await holdConsent(trx, grant), consent))
          return undo('without_consent');
        await insertGrant(trx, grant, now, markLifetimeSeconds);
        await noteClientUse(trx, tenantId, grant.clientId, now);
        await writeEvent(trx, events.issued);
        return 'issued';
      });
    },
  };
}
