/** Parts of the authorization server that its metadata announces (RFC 8414 §2), and that the judges can judge. */
export const ANNOUNCED_FEATURES = ['client_credentials', 'private_key_jwt', 'revocation', 'introspection'] as const;

/** One of them. */
export type AnnouncedFeature = (typeof ANNOUNCED_FEATURES)[number];

/**
 * What this build does not serve. The judges leave it out, and fail as soon as it is there: then the word here goes, and
 * it is judged as everything else.
 */
export const NOT_YET_SERVED: readonly AnnouncedFeature[] = [];

export function isServed(feature: AnnouncedFeature): boolean {
  return !NOT_YET_SERVED.includes(feature);
}

/** Which of them a server announces. */
export function announcedFeatures(metadata: Readonly<Record<string, unknown>>): readonly AnnouncedFeature[] {
  const lists = (member: string, value: string): boolean => {
    const values = metadata[member];
    return Array.isArray(values) && values.includes(value);
  };
  const announced: Record<AnnouncedFeature, boolean> = {
    client_credentials: lists('grant_types_supported', 'client_credentials'),
    private_key_jwt: lists('token_endpoint_auth_methods_supported', 'private_key_jwt'),
    revocation: metadata['revocation_endpoint'] !== undefined,
    introspection: metadata['introspection_endpoint'] !== undefined,
  };
  return ANNOUNCED_FEATURES.filter((feature) => announced[feature]);
}
