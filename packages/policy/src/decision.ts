/** What the policy of an upstream says of one message of one caller. */
export type McpDecision =
  /** Go on. */
  | { readonly outcome: 'allow' }
  /** The token lacks scopes: HTTP 403 naming all of `requiredScopes`. */
  | { readonly outcome: 'insufficient_scope'; readonly requiredScopes: readonly string[] }
  /** No rule knows the method: it is answered like an unknown one. */
  | { readonly outcome: 'unknown_method' }
  /** A known method without the member its rule decides on. */
  | { readonly outcome: 'invalid_params'; readonly member: string };
