import { PRESETS, type PresetName } from '@portcullis/resource-server';
import { type Finding, fault, note, pass, warn } from '../finding.js';

/** How the preset came to be the one. */
export type PresetChoice = 'option' | 'issuer' | 'none';

/** What is known of the kind of provider: which it is, how far it serves MCP clients, and what proves a recipient there. */
export function probeProvider(preset: PresetName | undefined, choice: PresetChoice): readonly Finding[] {
  if (preset === undefined) {
    return [
      note(
        'provider',
        'its issuer and endpoints are of no provider that is known here: the rules of RFC 9068 are assumed (--preset NAME chooses others)',
      ),
    ];
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
  return [provider, recipientProof === 'audience' ? judgeAudienceProof(preset) : weakProof(title)];
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
