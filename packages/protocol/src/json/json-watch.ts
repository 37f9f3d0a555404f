/** Where a member's value lies in the text: `text.slice(start, end)` is that value. */
export interface JsonSpan {
  readonly start: number;
  readonly end: number;
}

/** Members to look for, as made by {@link watchMembers}. */
export interface JsonWatch {
  readonly members: ReadonlyMap<string, JsonWatch>;
  /** Set where the path ends here: what its span is called. */
  readonly label: string | undefined;
}

/** Names the members whose place in a text is wanted: label → path of member names from the outermost object. */
export function watchMembers(paths: Readonly<Record<string, readonly string[]>>): JsonWatch {
  interface Node {
    members: Map<string, Node>;
    label: string | undefined;
  }
  const root: Node = { members: new Map(), label: undefined };
  for (const [label, path] of Object.entries(paths)) {
    let node = root;
    for (const name of path) {
      const next = node.members.get(name) ?? { members: new Map(), label: undefined };
      node.members.set(name, next);
      node = next;
    }
    node.label = label;
  }
  return root;
}

/** Writes `replacements` over the spans of `text`, leaving every other character as it is. */
export function spliceJson(text: string, replacements: readonly { span: JsonSpan; json: string }[]): string {
  const ordered = [...replacements].sort((a, b) => a.span.start - b.span.start);
  let out = '';
  let from = 0;
  for (const { span, json } of ordered) {
    out += text.slice(from, span.start) + json;
    from = span.end;
  }
  return out + text.slice(from);
}
