import type { ClientKind } from '../clients.js';
import type { Contestant } from './contestant.js';
import { type Draft, type Value, valuesOf, withField } from './draft.js';

/** What one fault makes of a right request. */
export type Change = (draft: Draft, contestant: Contestant) => Draft | Promise<Draft>;

/** The variants of one parameter, by name. */
export type Variants = Readonly<Record<string, Change>>;

/** The surfaces that are compared; each has its own reading of an answer. */
export type Surface = 'authorize' | 'token' | 'revoke' | 'introspect' | 'register' | 'document' | 'method';

/** Requests of one kind by one client: the right one, and what can be wrong with it. */
export interface Template {
  readonly surface: Surface;
  /** What it asks for, apart from the client. */
  readonly asks: string;
  readonly client: ClientKind | undefined;
  /** The right request, with values of its own: a fresh code, a fresh refresh token. */
  prepare(contestant: Contestant): Promise<Draft>;
  readonly parameters: Readonly<Record<string, Variants>>;
  /** Whether our server must answer the right request well after it refused a wrong one: nothing was consumed. */
  readonly staysUsable: boolean;
  /** How many pairs of faults are drawn. */
  readonly pairs: number;
}

/** One thing that is wrong with a request. */
export interface Fault {
  readonly parameter: string;
  readonly variant: string;
}

/** One request to both servers. */
export interface Case {
  readonly id: string;
  readonly template: Template;
  /** None for the right request, one for each variant, two where the order of the checks shows. */
  readonly faults: readonly Fault[];
}

/** Builds the right request and what the faults make of it. */
export async function buildDrafts(one: Case, contestant: Contestant): Promise<{ right: Draft; wrong: Draft }> {
  const right = await one.template.prepare(contestant);
  let wrong = right;
  for (const { parameter, variant } of one.faults) {
    const change = one.template.parameters[parameter]?.[variant];
    if (change === undefined) throw new Error(`${one.id}: there is no such variant`);
    wrong = await change(wrong, contestant);
  }
  return { right, wrong };
}

/** What every parameter of a form can be: there, missing, empty, wrong, repeated, not decodable, far too long. */
export function parameter(
  name: string,
  values: {
    readonly right?: Value;
    readonly wrong?: Value;
    readonly others?: Readonly<Record<string, readonly Value[]>>;
  },
): Variants {
  const set =
    (...to: readonly Value[]): Change =>
    (draft) =>
      withField(draft, name, to);
  const variants: Record<string, Change> = {
    empty: set(''),
    repeated: (draft) => {
      const [value] = valuesOf(draft, name);
      const again = value ?? values.right ?? values.wrong ?? 'x';
      return withField(draft, name, [again, again]);
    },
    'not UTF-8': set({ encoded: '%ff%fe' }),
    oversized: set('x'.repeat(5000)),
  };
  if (values.right === undefined) variants['absent'] = set();
  else variants['given'] = set(values.right);
  if (values.wrong !== undefined) variants['wrong'] = set(values.wrong);
  for (const [label, to] of Object.entries(values.others ?? {})) variants[label] = set(...to);
  return variants;
}
