import ts from 'typescript';

/**
 * The titles under which a file's tests run: the first argument of every `it`, `test` and `describe`. What a call only
 * mentions elsewhere, in its body, in a comment or in data, is no title; nor is that of a call that skips what it
 * names, or leaves it to be written. The file is read, never run.
 *
 * - Of a template, the parts that are text; what is put in between is left out.
 * - Of a table (`it.each`, `it.for`), one title for each row, filled in as Vitest does: each `%s` (or another of its
 *   letters) takes the next cell, each `$name` the property of that name. The table is an array, or the keys of an object
 *   by `Object.keys` or `Object.entries`, written in the call or as a constant of the same file. A cell that is no text
 *   in the source stays empty, and a table from elsewhere fills in nothing.
 */
export function testTitles(fileName: string, text: string): readonly string[] {
  const file = ts.createSourceFile(fileName, text, ts.ScriptTarget.Latest);
  const constants = new Map<string, ts.Expression>();
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isVariableDeclaration(node) && ts.isIdentifier(node.name) && node.initializer !== undefined) {
      constants.set(node.name.text, node.initializer);
    }
    if (ts.isCallExpression(node)) calls.push(node);
    node.forEachChild(visit);
  };
  visit(file);
  return calls.flatMap((call) => titlesOfCall(call, constants));
}

type Constants = ReadonlyMap<string, ts.Expression>;

const TEST_FUNCTIONS = ['it', 'test', 'describe'];
/** What may stand between the function and its call, and leaves the test to run. */
const MODIFIERS = ['concurrent', 'sequential', 'only'];
const TABLES = ['each', 'for'];

function titlesOfCall(call: ts.CallExpression, constants: Constants): readonly string[] {
  const [title] = call.arguments;
  if (title === undefined) return [];
  if (isTestFunction(call.expression)) return [textOf(title)];
  // `it.each(table)(title, …)`: what is called here is what another call answered.
  const made = call.expression;
  if (!ts.isCallExpression(made) || !ts.isPropertyAccessExpression(made.expression)) return [];
  const { name, expression } = made.expression;
  const [table] = made.arguments;
  if (!TABLES.includes(name.text) || !isTestFunction(expression) || table === undefined) return [];
  const rows = rowsOf(table, constants);
  return rows.length === 0 ? [textOf(title)] : rows.map((row) => fillIn(textOf(title), row));
}

function isTestFunction(called: ts.Expression): boolean {
  if (ts.isIdentifier(called)) return TEST_FUNCTIONS.includes(called.text);
  return (
    ts.isPropertyAccessExpression(called) && MODIFIERS.includes(called.name.text) && isTestFunction(called.expression)
  );
}

/** What an expression says in the source itself. */
function textOf(expression: ts.Expression): string {
  const inner = unwrap(expression);
  if (ts.isStringLiteralLike(inner)) return inner.text;
  if (ts.isTemplateExpression(inner)) {
    return [inner.head.text, ...inner.templateSpans.map(({ literal }) => literal.text)].join('');
  }
  if (ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.PlusToken) {
    return textOf(inner.left) + textOf(inner.right);
  }
  return '';
}

/** One row of a table: its cells in order, and by name where it is an object. */
interface Row {
  readonly cells: readonly string[];
  readonly named: ReadonlyMap<string, string>;
}

function rowsOf(table: ts.Expression, constants: Constants): readonly Row[] {
  const inner = resolve(table, constants);
  if (ts.isArrayLiteralExpression(inner)) {
    return inner.elements.flatMap((element) =>
      ts.isSpreadElement(element) ? rowsOf(element.expression, constants) : [toRow(element)],
    );
  }
  const object = objectOfKeys(inner, constants);
  return object?.properties.map((property) => ({ cells: [nameOf(property)], named: new Map() })) ?? [];
}

/** The object whose keys `Object.keys(…)` or `Object.entries(…)` lists. */
function objectOfKeys(listing: ts.Expression, constants: Constants): ts.ObjectLiteralExpression | undefined {
  if (!ts.isCallExpression(listing) || !ts.isPropertyAccessExpression(listing.expression)) return undefined;
  const { expression, name } = listing.expression;
  const [argument] = listing.arguments;
  if (!ts.isIdentifier(expression) || expression.text !== 'Object' || argument === undefined) return undefined;
  const object = resolve(argument, constants);
  return /^(keys|entries)$/.test(name.text) && ts.isObjectLiteralExpression(object) ? object : undefined;
}

function toRow(element: ts.Expression): Row {
  const inner = unwrap(element);
  const cells = ts.isArrayLiteralExpression(inner) ? inner.elements.map(textOf) : [textOf(inner)];
  const properties = ts.isObjectLiteralExpression(inner) ? inner.properties.filter(ts.isPropertyAssignment) : [];
  return { cells, named: new Map(properties.map((property) => [nameOf(property), textOf(property.initializer)])) };
}

function nameOf({ name }: ts.ObjectLiteralElementLike): string {
  return name !== undefined && (ts.isIdentifier(name) || ts.isStringLiteralLike(name)) ? name.text : '';
}

/** An identifier is followed to the constant it names, through no more than one of them. */
function resolve(expression: ts.Expression, constants: Constants): ts.Expression {
  const inner = unwrap(expression);
  const constant = ts.isIdentifier(inner) ? constants.get(inner.text) : undefined;
  return constant === undefined ? inner : unwrap(constant);
}

function unwrap(expression: ts.Expression): ts.Expression {
  const isWrapped =
    ts.isParenthesizedExpression(expression) || ts.isAsExpression(expression) || ts.isSatisfiesExpression(expression);
  return isWrapped ? unwrap(expression.expression) : expression;
}

function fillIn(title: string, { cells, named }: Row): string {
  let next = 0;
  return title
    .replace(/%[sdifjoO]/g, () => {
      next += 1;
      return cells[next - 1] ?? '';
    })
    .replace(/\$([A-Za-z_]\w*)/g, (_, name: string) => named.get(name) ?? '');
}
