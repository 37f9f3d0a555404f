import type { Verification } from '@portcullis/resource-server';
import { type Finding, fault, list, note, pass } from '../finding.js';
import { tellFailure } from './tell-failure.js';

/** Puts words to what a guard makes of a token, which is set up as the printed configuration is. */
export function judgeByPreset(verification: Verification, preset: string): Finding {
  if (verification.ok) return pass('token-rules', tellFacts(verification.value));
  const { failure } = verification;
  if (failure.reason === 'keys_unavailable') {
    return note('token-rules', 'what a guard makes of it is not known without the keys of the provider');
  }
  return fault('token-rules', `the preset ${preset} refuses it: ${tellFailure(failure)}`, {
    advice:
      'The steps below say what tokens have to be like. Where they cannot be, another preset may be meant (--preset).',
  });
}

/** What a tool would know of its caller: nothing of a person. */
function tellFacts({
  scopes,
  permissions,
  groups,
  tenantId,
  proofKey,
}: Extract<Verification, { readonly ok: true }>['value']): string {
  const told = [
    scopes.length === 0 ? 'no scopes' : `scopes ${list(scopes)}`,
    `${permissions.length === 0 ? 'no' : permissions.length} permissions`,
    groups === undefined ? 'groups not known' : `${groups.length} groups`,
    tenantId === undefined ? 'no tenant' : 'a tenant',
    ...(proofKey === undefined ? [] : ['the key that was proven']),
  ];
  return `the guard takes it with the configuration below, and tells tools: ${told.join('; ')}`;
}
