import type { Issuer, ResourceIdentifier } from '@portcullis/protocol';
import type { RecipientProof } from '../access-token.js';

/** What a person chooses a provider by: the name of the function that makes its rules. */
export type PresetName =
  | 'auth0'
  | 'authentik'
  | 'cognito'
  | 'entra'
  | 'google'
  | 'keycloak'
  | 'logto'
  | 'okta'
  | 'ping'
  | 'portcullis'
  | 'rfc9068'
  | 'workos'
  | 'zitadel';

/**
 * Whether MCP clients can get their tokens from a provider of this kind, or whether an authorization server in front of
 * it is needed that lets people sign in there (the bridge).
 */
export interface DirectUse {
  /** `if`: on `condition`. `no`: never for people. */
  readonly possible: 'yes' | 'if' | 'no';
  /** What has to be so, or why it cannot be: one sentence for a person. */
  readonly condition: string;
}

/** What is known of a provider apart from the rules for its tokens. `portcullis doctor` prints it. */
export interface Preset {
  readonly name: PresetName;
  /** What the provider is called. */
  readonly title: string;
  readonly direct: DirectUse;
  /** Which of the two ways is better for most. */
  readonly recommended: 'direct' | 'bridge';
  /** The weakest that an option of the preset lets count. Without that option it is always `audience`. */
  readonly recipientProof: RecipientProof;
  /** What to do at the provider so that its tokens fit, in order. One sentence or two each, plain text. */
  readonly steps: readonly string[];
  /**
   * TypeScript that protects a resource with this preset, ready to paste, with the options that can be read from the
   * issuer filled in. What cannot be known is in UPPER_CASE.
   */
  readonly codeOf: (target: PresetTarget) => string;
}

/** What configuration is printed for. None of it is checked. */
export interface PresetTarget {
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  /**
   * Where the keys are, if that has to be configured. Printed by presets that take a `jwksUri`; the others know where
   * theirs are, or have it in their `verification`.
   */
  readonly jwksUri?: string;
}
