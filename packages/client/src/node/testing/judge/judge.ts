import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Finding } from './findings.js';
import type { ClientFactory } from './judged-client.js';
import { LIFETIME_SCENARIOS } from './lifetime-scenarios.js';
import { PLACE_SCENARIOS } from './place-scenarios.js';
import { findBreaches } from './rules.js';
import { createScene } from './scene.js';
import { SIGN_IN_SCENARIOS } from './sign-in-scenarios.js';
import type { World } from './world.js';

/** The scenarios, by what they are about. */
export const SCENARIOS = {
  signIn: SIGN_IN_SCENARIOS,
  places: PLACE_SCENARIOS,
  lifetimes: LIFETIME_SCENARIOS,
} as const;

/**
 * Plays scenarios with a client, and says what is wrong with it: each thing once, in the order of the alphabet. They are
 * about what the official conformance suite does not look at: what a client sends to whom, what it believes, keeps and
 * forgets. Whether it follows the flow at all is that suite's matter.
 *
 * @param about - which scenarios; whatever they are about, every request is looked at for everything
 */
export async function judge(
  world: World,
  factory: ClientFactory,
  about: readonly (keyof typeof SCENARIOS)[],
): Promise<readonly Finding[]> {
  const findings = new Set<Finding>();
  const sandbox = mkdtempSync(join(tmpdir(), 'portcullis-judge-'));
  try {
    for (const [index, play] of about.flatMap((group) => SCENARIOS[group]).entries()) {
      world.reset();
      const scene = createScene(world, factory, join(sandbox, String(index)), (finding) => findings.add(finding));
      await play(scene);
      await scene.settle();
      for (const finding of findBreaches(world)) findings.add(finding);
    }
  } finally {
    await rm(sandbox, { recursive: true, force: true });
  }
  return [...findings].sort();
}
