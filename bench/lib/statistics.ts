/** The middle of the values; between the two middle ones where there is an even number. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of the ratios of values that were measured in the same round: what moved both leaves it as it is. */
export function medianRatio(values: readonly number[], controls: readonly number[]): number {
  return median(values.map((value, round) => value / (controls[round] ?? Number.NaN)));
}
