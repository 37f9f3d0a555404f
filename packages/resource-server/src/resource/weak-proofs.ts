import { catchLater, report } from './faults.js';
import type { ResourceSettings } from './settings.js';
import type { Trail } from './trail.js';

/**
 * Tells at start, to the host and in the trail, of issuers whose tokens name no audience: whoever is not the issuer's
 * only resource server depends on the client list of the preset.
 */
export function warnOfWeakProofs(settings: ResourceSettings, trail: Trail): void {
  for (const choice of settings.authorizationServers) {
    if (typeof choice === 'string' || !('rules' in choice) || choice.rules.recipientProof === 'audience') continue;
    const { issuer, rules } = choice;
    trail.record('issuer.trusted_weakly', 'allowed', {}, undefined, {
      reason: rules.recipientProof,
      issuer,
      detail: `${rules.preset}: ${issuer}`,
    });
    const told: unknown = settings.onWarning(
      `${settings.resource} trusts ${issuer} (${rules.preset}), whose access tokens do not say for whom they are. ` +
        'That they are for this resource is told by their scopes and their client alone, which is weaker than an audience.',
    );
    catchLater(told, (error) => report(settings.onFault, error, undefined));
  }
}
