import type { Grant } from '../grants/grant.js';

const PERSON = '';

/** In whose names tokens are kept: a person's, in whichever way it is asked, and machines' by what they prove. */
export const ACTORS: readonly string[] = [PERSON, 'client_credentials', 'jwt_bearer', 'id_jag'] satisfies (
  | typeof PERSON
  | Grant['kind']
)[];

/** In whose name this grant signs in. */
export function actorOf(grant: Grant): string {
  return isOfPerson(grant) ? PERSON : grant.kind;
}

/** Whether it asks a person, who may take long and may not be there. */
export function isOfPerson({ kind }: Grant): boolean {
  return kind === 'authorization_code' || kind === 'device_code';
}
