/** Any value JSON can express (RFC 8259 §3). */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Members named `__proto__` never occur: `parseStrictJson` refuses them, or drops them. */
export type JsonObject = { readonly [member: string]: JsonValue | undefined };
