import type { Answer } from './answer.js';
import type { Case, Surface } from './case.js';

/** A case with what both servers made of it. */
export interface Judged {
  readonly case: Case;
  readonly ours: Answer;
  readonly oracle: Answer;
}

/** A difference that is known, and why it stands. */
export interface Difference {
  readonly id: string;
  /** Why our answer is the one to give: the specification, the abuse case or the decision. */
  readonly why: string;
  readonly surfaces: readonly Surface[];
  /** What the request asks for. @defaultValue anything */
  readonly asks?: RegExp;
  /** The fault, as `parameter variant`; `right` for a request without one. */
  readonly faults: RegExp;
  readonly ours: RegExp;
  readonly oracle: RegExp;
}

/** Whether a difference is the one that `known` describes. Only cases with at most one fault have a description. */
export function isDescribedBy(known: Difference, { case: one, ours, oracle }: Judged): boolean {
  const [fault, second] = one.faults;
  if (second !== undefined) return false;
  return (
    known.surfaces.includes(one.template.surface) &&
    (known.asks?.test(one.template.asks) ?? true) &&
    known.faults.test(fault === undefined ? 'right' : `${fault.parameter} ${fault.variant}`) &&
    known.ours.test(ours) &&
    known.oracle.test(oracle)
  );
}
