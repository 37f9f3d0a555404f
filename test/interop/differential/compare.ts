import { CLIENTS } from '../clients.js';
import { type Answer, ask, contentOf } from './answer.js';
import { authenticationOf } from './authentication.js';
import { buildDrafts, type Case, type Fault, type Template } from './case.js';
import type { Contestant } from './contestant.js';
import { type Difference, isDescribedBy, type Judged } from './difference.js';

/** What the comparison of all cases found. */
export interface Findings {
  readonly judged: readonly Judged[];
  /** Differences that nobody wrote down. */
  readonly unexplained: readonly string[];
  /** Lines of the tables that describe no difference of this run. */
  readonly stale: readonly string[];
  /** Refused requests after which the right one was refused as well: something was consumed. */
  readonly consumed: readonly string[];
}

/** A page in place of a redirect, for a client that nobody vouched for. */
const OFFERS = 'offers ';
const RELUCTANCE = 'AZ-11: a client that nobody vouched for gets no redirect with an error, but a page with a link';
const ORDER = 'RFC 6749 §5.2 gives the checks no order: of two faults, each server named one';

/** Asks both servers every case, in turn, and explains the differences by what is known. */
export async function compare(
  cases: readonly Case[],
  ours: Contestant,
  oracle: Contestant,
  known: readonly Difference[],
): Promise<Findings> {
  const judged: Judged[] = [];
  const consumed: string[] = [];
  for (const one of cases) {
    const { right, wrong } = await buildDrafts(one, ours);
    const { surface, client, staysUsable } = one.template;
    const answer = await ask(ours.origin, wrong, surface);
    if (staysUsable && !answer.startsWith('2xx') && !usesUp(one)) {
      const again = client === undefined ? right : await authenticationOf(client)(right, ours);
      const afterwards = await ask(ours.origin, again, surface);
      if (!afterwards.startsWith('2xx')) consumed.push(`${one.id}: ${answer}, then ${afterwards}`);
    }
    const asked = await buildDrafts(one, oracle);
    judged.push({ case: one, ours: answer, oracle: await ask(oracle.origin, asked.wrong, surface) });
  }
  return { judged, consumed, ...explain(judged, known) };
}

function explain(judged: readonly Judged[], known: readonly Difference[]): Pick<Findings, 'unexplained' | 'stale'> {
  const expected = new Set([RELUCTANCE, ORDER, ...known.map(({ id }) => id)]);
  const alone = new Map(judged.filter((one) => one.case.faults.length < 2).map((one) => [keyOf(one.case), one]));
  const unexplained: string[] = [];
  for (const one of judged) {
    const explanations = explanationsOf(one, known, alone);
    for (const explanation of explanations ?? []) expected.delete(explanation);
    if (explanations === undefined) unexplained.push(`${one.case.id}: ours ${one.ours}, the oracle ${one.oracle}`);
  }
  return { unexplained, stale: [...expected] };
}

/** What explains the difference between two answers: nothing where there is none, undefined where nothing does. */
function explanationsOf(
  one: Judged,
  known: readonly Difference[],
  alone: ReadonlyMap<string, Judged>,
): readonly string[] | undefined {
  if (one.ours === one.oracle) return [];
  if (one.ours.startsWith(OFFERS)) {
    if (one.case.template.client !== CLIENTS.dynamic) return undefined;
    const others = explanationsOf({ ...one, ours: one.ours.slice(OFFERS.length) }, known, alone);
    return others === undefined ? undefined : [RELUCTANCE, ...others];
  }
  if (one.case.faults.length > 1) return isMatterOfOrder(one, alone) ? [ORDER] : undefined;
  const described = known.filter((difference) => isDescribedBy(difference, one));
  return described.length === 0 ? undefined : described.map(({ id }) => id);
}

/** Each server answers two faults as it answers one of them alone. */
function isMatterOfOrder(one: Judged, alone: ReadonlyMap<string, Judged>): boolean {
  const singles = one.case.faults.flatMap(
    (fault) => alone.get(keyOf({ template: one.case.template, faults: [fault] })) ?? [],
  );
  const isOneOf = (of: (judged: Judged) => Answer): boolean =>
    singles.some((single) => contentOf(of(single)) === contentOf(of(one)));
  return isOneOf(({ ours }) => ours) && isOneOf(({ oracle }) => oracle);
}

function keyOf({ template, faults }: { readonly template: Template; readonly faults: readonly Fault[] }): string {
  return JSON.stringify([template.surface, template.asks, template.client?.name, faults]);
}

/** Whether the case itself uses up what the right request needs. */
function usesUp({ faults }: Case): boolean {
  return faults.some(({ variant }) => variant === 'redeemed before' || variant === 'rotated before');
}
