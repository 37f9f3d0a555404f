import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from './paths.js';

/** What `npx tsc --init` asks of a new project, and Node of its modules. */
export const NEW_PROJECT: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
};

/** What the compiler has against blocks of a document, each a module of its own in this checkout: the block, and the words. */
export function findTypeErrors(blocks: readonly string[]): readonly (readonly [string | undefined, string])[] {
  const files = new Map(blocks.map((code, index) => [join(ROOT, 'docs', `block-${index}.mts`), code]));
  const host = ts.createCompilerHost(NEW_PROJECT);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, languageVersion, ...others) => {
    const code = files.get(name);
    return code === undefined
      ? getSourceFile(name, languageVersion, ...others)
      : ts.createSourceFile(name, code, languageVersion);
  };
  host.getCurrentDirectory = () => ROOT;
  const program = ts.createProgram([...files.keys()], NEW_PROJECT, host);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ messageText, file }) => [
      file === undefined ? '' : files.get(file.fileName),
      ts.flattenDiagnosticMessageText(messageText, '\n'),
    ]);
}
