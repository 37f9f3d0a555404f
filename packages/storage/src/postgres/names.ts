/** The schema that holds every table of ours, and the role that serving connections take on. The role has no login and
 * owns nothing. Both names are fixed: they stand in statements. */
export const SCHEMA = 'portcullis';
export const ROLE = 'portcullis_app';

/** A name as it stands in a statement for a person to run: the program itself builds none from a name. */
export function quoteName(name: string): string {
  return name === ROLE ? name : `"${name.replaceAll('"', '""')}"`;
}
