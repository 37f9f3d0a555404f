/** Parts of the authorization server that the outside judges know how to judge. */
export type Feature = 'client_credentials' | 'private_key_jwt' | 'revocation' | 'introspection';

/**
 * What this build does not serve. The judges leave its requests out, and fail as soon as the server announces or answers
 * it: then the line here goes, and they judge it as everything else.
 */
export const NOT_YET_SERVED: readonly Feature[] = [
  'client_credentials',
  'private_key_jwt',
  'revocation',
  'introspection',
];

export function isServed(feature: Feature): boolean {
  return !NOT_YET_SERVED.includes(feature);
}

/** Which of them a server announces in its metadata (RFC 8414 §2). */
export function announcedFeatures(metadata: Readonly<Record<string, unknown>>): readonly Feature[] {
  const lists = (member: string, value: string): boolean => {
    const values = metadata[member];
    return Array.isArray(values) && values.includes(value);
  };
  const announced: Record<Feature, boolean> = {
    client_credentials: lists('grant_types_supported', 'client_credentials'),
    private_key_jwt: lists('token_endpoint_auth_methods_supported', 'private_key_jwt'),
    revocation: metadata['revocation_endpoint'] !== undefined,
    introspection: metadata['introspection_endpoint'] !== undefined,
  };
  return (Object.keys(announced) as Feature[]).filter((feature) => announced[feature]);
}
