import { minute } from '../minute.js';
import { PROGRAM_NAME } from '../program-name.js';
import { shellOperand } from '../shell-word.js';
import type { SuggestCommand } from '../suggest-command.js';
import { formatFacts, formatTable } from './format-table.js';
import { type KeyList, type KeyView, LONGEST_LIFETIMES, type ReckonedWith, type RotationView } from './manage-keys.js';

/** What each state means. The words of the states themselves are those of `--json` and of the documentation. */
const STATES: Readonly<Record<KeyView['state'], string>> = {
  pending: 'published, signs later',
  signing: 'signs',
  verifying: 'good for the tokens it signed',
  replaced: 'a later key took over before its turn: it signs only if none after it opens',
  ended: 'has left the JWK Set',
};

/** The keys as a table, and below it what its words mean, which algorithm waits, and what its times rest on. */
export function formatKeys({ keys, otherAlgorithm, isConfigured }: KeyList): string {
  if (keys.length === 0) return 'There are no keys yet. The first start of the gate makes one.';
  const rows = keys.map(({ keyId, algorithm, state, signsFrom, verifiesUntil }) => [
    keyId,
    algorithm,
    state,
    state === 'replaced' ? '-' : minute(signsFrom),
    verifiesUntil === undefined ? '' : minute(verifiesUntil),
  ]);
  const used = Object.entries(STATES).filter(([state]) => keys.some((key) => key.state === state));
  return [
    formatTable(['KEY-ID', 'ALGORITHM', 'STATE', 'SIGNS FROM', 'GOOD UNTIL'], rows),
    '',
    formatFacts(used),
    ...(otherAlgorithm === undefined ? [] : ['', otherAlgorithm]),
    ...(isConfigured ? [] : ['', ABOUT_CONFIGURATION]),
    ...(keys.some(({ verifiesUntil }) => verifiesUntil !== undefined) ? ['', ABOUT_ENDS] : []),
  ].join('\n');
}

const ABOUT_CONFIGURATION = 'Whether another algorithm is to sign, and from when, is said with --config FILE.';

const ABOUT_ENDS = `GOOD UNTIL was reckoned when the next key was made: by a gate, or with --config, from the configured lifetimes; by
${PROGRAM_NAME} keys rotate without --config from the longest there can be (${lifetimes(LONGEST_LIFETIMES)}), so that it may be
later than it needs to be.`;

/** What a rotation did, and what is left to do. */
export function formatRotation(rotation: RotationView, atOnce: boolean, suggest: SuggestCommand): string {
  return (atOnce ? linesOfRotationAtOnce(rotation, suggest) : linesOfRotation(rotation)).join('\n');
}

function linesOfRotation({ made, before, reckonedWith }: RotationView): readonly string[] {
  const lines = [madeLine(made), `It is published now and signs from ${minute(made.signsFrom)}.`];
  if (before?.verifiesUntil === undefined) return lines;
  const end = minute(before.verifiesUntil);
  const turn = before.state === 'pending' ? [turnOf(before)] : [];
  return [
    ...lines,
    ...turn,
    `The key before it, ${before.keyId}, stays good for its tokens until ${end}.`,
    basis(reckonedWith),
  ];
}

/** Of the key that another one is made after while it waits: of the same algorithm there is none. */
function turnOf({ keyId, algorithm, signsFrom }: KeyView): string {
  return `Before it ${keyId} (${algorithm}), of the rotation that is under way, signs from ${minute(signsFrom)}.`;
}

function linesOfRotationAtOnce(
  { made, stillTrusted, reckonedWith, replacedMasterKey }: RotationView,
  suggest: SuggestCommand,
): readonly string[] {
  const lines = [
    madeLine(made),
    ...(replacedMasterKey ? NEEDS_THIS_MASTER_KEY : ['It signs now. Gates follow within half a minute.']),
    'Servers elsewhere that hold an older JWK Set refuse its tokens until they have fetched it again, which may take minutes.',
  ];
  if (stillTrusted.length === 0) return lines;
  return [
    ...lines,
    '',
    ...(replacedMasterKey ? ['Only when every gate has been started with it:'] : []),
    stillTrusted.length === 1
      ? 'One key of before is trusted still. If it leaked, end it now, and with it every token it signed:'
      : `${stillTrusted.length} keys of before are trusted still. End each that may have leaked, and with it every token it signed:`,
    ...stillTrusted.map(({ keyId, state, verifiesUntil }) => {
      const end = verifiesUntil === undefined ? '' : `, until ${minute(verifiesUntil)}`;
      return `  ${suggest('keys retire', shellOperand(keyId))}   (${state}${end})`;
    }),
    basis(reckonedWith),
  ];
}

/** Of a gate that runs on under the old one, nothing else tells until the keys that it opens end. */
const NEEDS_THIS_MASTER_KEY = [
  'It signs now, and opens with the master key given here alone: every gate needs this one. Stop every gate that still runs,',
  'set it, and start them. One that runs on with another one issues nothing as soon as the keys of before end, or earlier.',
];

function madeLine({ keyId, algorithm }: KeyView): string {
  return `Made the key ${keyId} (${algorithm}).`;
}

/** What the end of the key before a new one rests on. */
function basis(reckonedWith: ReckonedWith): string {
  const { isConfigured } = reckonedWith;
  const whose = isConfigured ? 'the configured lifetimes' : 'the longest lifetimes there can be';
  const hint = isConfigured ? '' : '; with --config, from yours';
  return `That is reckoned from ${whose} (${lifetimes(reckonedWith)})${hint}.`;
}

function lifetimes({ accessTokenSeconds, clockToleranceSeconds }: Omit<ReckonedWith, 'isConfigured'>): string {
  return `access tokens of ${accessTokenSeconds} s, clocks ${clockToleranceSeconds} s apart`;
}
