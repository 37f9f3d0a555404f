/** A list of strings as JSON text. */
export type JsonList = string;

/** Yes is 1, no is 0: the databases agree on that one only. */
export type Flag = 0 | 1;
