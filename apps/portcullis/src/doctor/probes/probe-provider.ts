import type { JsonObject } from '@portcullis/protocol';
import { PRESETS, type PresetName } from '@portcullis/resource-server';
import { type Finding, fault, note, pass, warn } from '../finding.js';
import { setUpPreset } from '../token/preset-rules.js';

/** How the preset came to be the one. */
export type PresetChoice = 'option' | 'issuer' | 'none';

/** Stand for what the issuer alone does not tell: only whether the preset takes the issuer is asked. */
const ANYTHING = { audiences: ['00000000-0000-0000-0000-000000000000'], clientId: 'client' };

/** What is known of the kind of provider: which it is, how far it serves MCP clients, and what proves a recipient there. */
export function probeProvider(
  preset: PresetName | undefined,
  choice: PresetChoice,
  issuer: string,
  metadata: JsonObject | undefined,
): readonly Finding[] {
  if (preset === undefined) {
    const words =
      metadata !== undefined && looksLikeGate(metadata, issuer)
        ? 'its endpoints are named as those of a gate of Portcullis are. Others may name theirs so, so the rules of RFC 9068 are assumed: if it is a gate, say --preset portcullis'
        : 'its issuer and endpoints are of no provider that is known here: the rules of RFC 9068 are assumed (--preset NAME chooses others)';
    return [note('provider', words)];
  }
  const { title, direct, recipientProof } = PRESETS[preset];
  const how = choice === 'option' ? 'as you said' : 'recognised';
  const words = `${title} (${how}; preset ${preset}). ${direct.condition}`;
  const provider =
    direct.possible === 'yes'
      ? pass('provider', words)
      : direct.possible === 'if'
        ? note('provider', words)
        : fault('provider', words, { rulesOut: 'direct' });
  const proof = recipientProof === 'audience' ? judgeAudienceProof(preset) : weakProof(title);
  return [provider, ...judgeIssuerForm(preset, issuer), proof];
}

/** Whether the preset takes such an issuer at all. One on this computer stands in for another, and has its own form. */
function judgeIssuerForm(preset: PresetName, issuer: string): readonly Finding[] {
  const setUp = issuer.startsWith('https:') ? setUpPreset(preset, { issuer, ...ANYTHING }) : undefined;
  if (setUp === undefined || !('refusal' in setUp)) return [];
  return [
    fault('provider', `its tokens cannot be taken by the preset: ${setUp.refusal}`, {
      advice:
        'The steps below say which authorization server of the provider is meant; or choose another preset (--preset).',
      rulesOut: 'direct',
    }),
  ];
}

function judgeAudienceProof(preset: PresetName): Finding {
  return preset === 'google'
    ? warn(
        'recipient',
        'WEAK: nothing in a token of a person says for whom it is; the audience of service accounts does',
      )
    : pass('recipient', 'tokens are taken by their aud alone');
}

function weakProof(title: string): Finding {
  return warn(
    'recipient',
    `WEAK without resource binding: ${title} then issues no aud, and a scope of the resource from a known client is all there is`,
    {
      advice:
        'Turn on resource binding. The weaker proof has to be chosen by name (recipientProof), and is told at each start and in the trail.',
    },
  );
}

/** Where a gate of ours has its endpoints, beneath its issuer. */
const GATE_ENDPOINTS: Readonly<Record<string, string>> = {
  authorization_endpoint: '/authorize',
  token_endpoint: '/token',
  revocation_endpoint: '/revoke',
  introspection_endpoint: '/introspect',
  jwks_uri: '/jwks',
};

/**
 * Whether metadata could be those of a gate of ours. Others name their endpoints so as well, and nothing in the metadata
 * proves it: good for a hint, and never to choose the rules by.
 */
function looksLikeGate(metadata: JsonObject, issuer: string): boolean {
  const base = issuer.replace(/\/$/, '');
  return Object.entries(GATE_ENDPOINTS).every(([name, path]) => metadata[name] === base + path);
}
