/** A fenced block of code in a Markdown document. */
export interface CodeBlock {
  /** The word behind the fence. */
  readonly language: string;
  readonly code: string;
}

/** The fenced blocks of a document, in their order. Knows fences of three backticks at the start of a line, and no others. */
export function codeBlocks(markdown: string): readonly CodeBlock[] {
  return [...markdown.matchAll(/^```(\w+)\n(.*?)^```$/gms)].map(([, language = '', code = '']) => ({
    language,
    code,
  }));
}
