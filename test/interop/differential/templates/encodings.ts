import type { Change, Variants } from '../case.js';
import { type Draft, encodeFields, withField } from '../draft.js';

/** AZ-13, AZ-14: a right form, sent in ways a form must not be sent. */
export function encodings(): Variants {
  return {
    JSON: as('application/json', (draft) => JSON.stringify(Object.fromEntries(draft.form))),
    'a form that says text/plain': as('text/plain'),
    'a form that says nothing': as(undefined),
    'a form that says multipart': as('multipart/form-data; boundary=x'),
    'a form in UTF-8': as('application/x-www-form-urlencoded; charset=utf-8'),
    'a form that says UTF-16': as('application/x-www-form-urlencoded;charset=utf-16'),
    'a form with a strange content type': as('application/x-www-form-urlencoded\t;x'),
    'no body': as('application/x-www-form-urlencoded', () => ''),
    'the form in the query': (draft) => ({ ...draft, query: draft.form, form: [] }),
    'a parameter in the query too': (draft) => ({ ...draft, query: [['scope', 'files:read']] }),
    'a list in brackets': (draft) => withField(draft, 'resource[]', ['https://gate.test/files/mcp']),
    'a member in brackets': (draft) => withField(draft, 'client_id[x]', ['y']),
    'a hundred parameters': (draft) =>
      Array.from({ length: 100 }).reduce<Draft>((changed, _, index) => withField(changed, `p${index}`, ['x']), draft),
    'twenty thousand bytes': (draft) => withField(draft, 'padding', ['x'.repeat(20_000)]),
    'seventy thousand bytes': (draft) => withField(draft, 'padding', ['x'.repeat(70_000)]),
  };
}

function as(
  contentType: string | undefined,
  body: (draft: Draft) => string = (draft) => encodeFields(draft.form),
): Change {
  return (draft) => ({
    ...draft,
    headers: { ...draft.headers, ...(contentType === undefined ? {} : { 'content-type': contentType }) },
    body: body(draft),
  });
}
