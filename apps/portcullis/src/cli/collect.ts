/** Takes an option that may be repeated: each time adds a value. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}
