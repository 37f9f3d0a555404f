import type { Case, Fault, Template } from './case.js';

/**
 * The cases of all templates: the right request, each fault by itself, and for each template some
 * pairs of faults, drawn by a generator with this seed, so that a run can be had again.
 */
export function generateCases(templates: readonly Template[], seed: number): readonly Case[] {
  const random = createRandom(seed);
  return templates.flatMap((template) => {
    const faults = Object.entries(template.parameters).flatMap(([parameter, variants]) =>
      Object.keys(variants).map((variant): Fault => ({ parameter, variant })),
    );
    const drawn = drawPairs(faults, template.pairs, random);
    return [[], ...faults.map((fault) => [fault]), ...drawn].map((chosen) => toCase(template, chosen));
  });
}

function toCase(template: Template, faults: readonly Fault[]): Case {
  const wrong = faults.map(({ parameter, variant }) => `${parameter} ${variant}`).join(' + ');
  const by = template.client === undefined ? '' : ` by ${template.client.name}`;
  return { id: `${template.surface}: ${template.asks}${by}: ${wrong === '' ? 'right' : wrong}`, template, faults };
}

/** Different pairs of faults in different parameters. */
function drawPairs(faults: readonly Fault[], count: number, random: () => number): readonly (readonly Fault[])[] {
  const pairs = new Map<string, readonly Fault[]>();
  const pick = (): Fault | undefined => faults[Math.floor(random() * faults.length)];
  for (let tries = 0; pairs.size < count && tries < count * 20; tries += 1) {
    const drawn = [pick(), pick()].filter((fault) => fault !== undefined);
    const [one, other] = drawn;
    if (one === undefined || other === undefined || one.parameter === other.parameter) continue;
    const ordered = faults.indexOf(one) < faults.indexOf(other) ? [one, other] : [other, one];
    pairs.set(JSON.stringify(ordered), ordered);
  }
  return [...pairs.values()];
}

/** Mulberry32: small, and the same everywhere. Nothing secret is drawn here. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
