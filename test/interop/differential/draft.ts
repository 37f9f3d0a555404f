/** A value of a form: a text that is still to be encoded, or an encoding that no text has. */
export type Value = string | { readonly encoded: string };

/** One parameter as it will be sent. A name may occur more than once. */
export type Field = readonly [name: string, value: Value];

/** A request that is being put together: right at first, then changed by the faults of its case. */
export interface Draft {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly query: readonly Field[];
  readonly form: readonly Field[];
  /** Instead of the form, where it is something else. */
  readonly body?: string;
}

/** The values of one parameter, in place of those that stand there. None takes it out. */
export function withField(draft: Draft, name: string, values: readonly Value[]): Draft {
  const part = draft.method === 'GET' ? 'query' : 'form';
  const others = draft[part].filter(([other]) => other !== name);
  return { ...draft, [part]: [...others, ...values.map((value): Field => [name, value])] };
}

/** The values that stand for a parameter. */
export function valuesOf(draft: Draft, name: string): readonly Value[] {
  return [...draft.query, ...draft.form].filter(([other]) => other === name).map(([, value]) => value);
}

export function encodeFields(fields: readonly Field[]): string {
  return fields.map(([name, value]) => `${encodeURIComponent(name)}=${encodeValue(value)}`).join('&');
}

function encodeValue(value: Value): string {
  return typeof value === 'string' ? encodeURIComponent(value) : value.encoded;
}

/** Sends it, following nothing. */
export async function sendDraft(origin: string, draft: Draft): Promise<Response> {
  const query = encodeFields(draft.query);
  const isForm = draft.method === 'POST' && draft.body === undefined;
  const body = draft.body ?? (isForm ? encodeFields(draft.form) : undefined);
  return fetch(`${origin}${draft.path}${query === '' ? '' : `?${query}`}`, {
    method: draft.method,
    redirect: 'manual',
    headers: { ...(isForm ? { 'content-type': 'application/x-www-form-urlencoded' } : {}), ...draft.headers },
    // As bytes: from a string, fetch would make up a content type where a case wants none.
    ...(body === undefined ? {} : { body: new TextEncoder().encode(body) }),
  });
}
