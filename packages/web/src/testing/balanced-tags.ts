/** Elements that have no end tag (HTML §13.1.2). */
const VOID_ELEMENTS: ReadonlySet<string> = new Set(['br', 'hr', 'img', 'input', 'link', 'meta', 'wbr']);

/**
 * Finds the first place where a document's tags do not nest, or `undefined` when they all do. Every attribute must have
 * quotes or no value. Knows nothing of optional end tags: the pages write every tag out.
 */
export function findUnbalancedTag(document: string): string | undefined {
  const open: string[] = [];
  const withoutTags = document.replace(
    /<(\/?)([a-z][a-z0-9]*)((?:\s+[\w:-]+(?:="[^"<]*")?)*)\s*(\/?)>/gi,
    (_tag, slash: string, name: string, _attributes: string, selfClosing: string) => {
      if (slash === '') {
        if (selfClosing === '' && !VOID_ELEMENTS.has(name)) open.push(name);
        return '';
      }
      return open.pop() === name ? '' : `<misplaced end of ${name}>`;
    },
  );
  const leftover = /<(?!!doctype html>)[^>]*>?/i.exec(withoutTags)?.[0];
  return leftover ?? open.at(-1);
}
