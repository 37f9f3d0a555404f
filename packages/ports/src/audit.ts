import type { EpochSeconds, TenantId } from '@portcullis/protocol';

/** Whether what happened went through, was refused by a rule, or broke. */
export type AuditOutcome = 'allowed' | 'refused' | 'failed';

/**
 * Every kind of event, past tense and dotted, with what it tells. Removing or renaming one is a breaking change.
 */
export const AUDIT_EVENTS = {
  'authorization.requested': 'A client sent a browser to the authorization endpoint',
  'authorization.refused': 'An authorization request was answered with an error',
  'user.signed_in': 'A user proved who they are',
  'user.sign_in_refused': 'A sign-in was refused',
  'user.signed_out': 'A user ended their sign-in session',
  'consent.granted': 'A user let a client act, with the scopes named; the authorization code was issued',
  'consent.denied': 'A user refused a client',
  'browser.refused': 'A form did not come from our own page in the browser it was shown in',
  'consent.withdrawn': 'A user took a client off their account; its grants ended',
  'client.registered': 'A client registered itself (RFC 7591)',
  'client.added': 'An operator added a client',
  'client.removed': 'An operator removed a client; its grants ended',
  'client.secret_replaced': 'An operator gave a client another secret',
  'client.document_changed': 'A client metadata document changed in what a consent depends on',
  'client.document_refused': 'A client metadata document could not be had, or is not one',
  'client.approval_requested': 'A client waits for the operator',
  'client.approved': 'An operator let a client in',
  'client.denied': 'An operator shut a client out',
  'client.decision_forgotten': 'An operator took a decision on a client back',
  'client.registration_refused': 'A registration was refused',
  'client.authentication_failed': 'A client did not prove who it is',
  'authorization_code.redeemed': 'An authorization code became tokens',
  'authorization_code.replayed': 'A used authorization code came again, fully valid; its grant was revoked',
  'refresh_token.rotated': 'A refresh token became its successor and a new access token',
  'refresh_token.repeated': 'A rotated refresh token came again within the grace; the same successor was sent',
  'refresh_token.reuse_detected': 'A rotated refresh token came again outside the grace; its grant was revoked',
  'token.refused': 'A token request was refused',
  'grant.revoked': 'A grant ended before its time',
  'client_credentials.issued': 'A client got an access token in its own name',
  'authorization_request.pushed': 'A client pushed an authorization request (RFC 9126)',
  'authorization_request.push_refused': 'A pushed authorization request was refused',
  'device.requested': 'A device asked for codes (RFC 8628)',
  'device.refused': 'The request of a device was refused, or a user code that a person typed in',
  'device.approved': 'A user let a device act, with the scopes named',
  'device_code.redeemed': 'An approved device code became tokens',
  'identity_assertion.issued': 'The word of an identity provider became an access token (ID-JAG)',
  'workload_assertion.issued': 'The token of a workload became an access token',
  'token_exchange.issued':
    'A service got an access token for another resource in the name of whoever called it (RFC 8693)',
  'client.registration_changed': 'A client that registered itself changed its registration (RFC 7592)',
  'client.registration_deleted': 'A client that registered itself took itself back (RFC 7592)',
  'client.registration_token_revoked': 'A registration token came for another client, and was taken back',
  'assertion_issuer.disabled': 'An operator switched an assertion issuer off',
  'assertion_issuer.enabled': 'An operator switched an assertion issuer on again',
  'revocation.refused': 'A revocation request was refused',
  'introspection.answered': 'A resource server asked for a token that is active',
  'introspection.inactive': 'A resource server asked for a token that is not active, or not for it',
  'introspection.refused': 'An introspection request was refused',
  'access_token.refused': 'A request to a protected resource carried no access token that is taken there',
  'access_token.unproven': 'A valid access token came without a valid proof of the key that it is bound to (RFC 9449)',
  'access_token.accepted':
    'A token that names no audience was taken for this resource by a weaker proof, for the first time here',
  'issuer.trusted_weakly': 'A resource server started that trusts an issuer whose tokens name no audience',
  'request.refused': 'A request to a protected resource was refused before policy was asked',
  'mcp.request_allowed': 'A request went to the upstream',
  'mcp.request_denied': 'A request was refused by scope or policy',
  'session.refused': 'An MCP session id was not the one of this caller',
  'rate_limit.exceeded': 'More came than a rate limit allows',
  'upstream.failed': 'An upstream was down, crashed, or answered what it must not',
  'upstream.started': 'A stdio upstream was started',
  'upstream.stopped': 'A stdio upstream ended',
  'user.added': 'An operator added a user',
  'user.removed': 'An operator removed a user',
  'user.password_reset': 'An operator set a new password',
  'user.disabled': 'An operator disabled a user',
  'user.enabled': 'An operator enabled a user',
  'user.recognised': 'A user signed in elsewhere for the first time',
  'resource_server.added': 'An operator registered a resource server',
  'resource_server.removed':
    'An operator removed a resource server; grants and consents for it ended, unless it is an upstream',
  'resource_server.secret_replaced': 'An operator gave a resource server another secret',
  'resource_server.authentication_failed': 'A resource server did not prove who it is',
  'signing_key.created': 'A signing key was made',
  'signing_key.rotated': 'A signing key got a successor',
  'signing_key.rotation_failed': 'A signing key was due and got no successor; it is tried again',
  'signing_key.unavailable': 'A signing key does not open here; an older one signs on while it may',
  'signing_key.retired': 'A signing key was ended before its time',
  'keys.unknown_kid_storm': 'More tokens than chance would bring named keys that their issuer does not have',
  'keys.unavailable':
    'The keys of an issuer could not be loaded; those that were loaded before serve on while they may',
  'clock.apart':
    'The clock of this host is further from that of the database than tokens allow for; the database’s counts',
  'clock.together': 'The clock of this host agrees with that of the database again',
  'gateway.started': 'The gate opened',
  'gateway.stopped': 'The gate closed',
  'tenant.crossing': 'A token that is good in itself was brought to the route of another tenant',
  'revocation.blind': 'This replica has heard nothing of revocations for too long',
  'revocation.recovered': 'This replica hears of revocations again',
  'revocation.lost':
    'The store lacks revocations that this replica heard of: it was restored, or a standby that was behind took over',
} as const;

/** The name of an event. */
export type AuditEventType = keyof typeof AUDIT_EVENTS;

/**
 * One decision, for the trail. Identifiers, hashes and names only: never a token, code, verifier, secret, password or
 * cookie. Texts that a stranger chose are bounded and escaped by the sink, not here.
 */
export interface AuditEvent {
  readonly type: AuditEventType;
  readonly outcome: AuditOutcome;
  readonly tenantId: TenantId;
  readonly occurredAtEpochSeconds: EpochSeconds;
  /** Joins the events of one request. */
  readonly correlationId?: string;
  /** Why, in a stable snake_case word: precise, for operators; never sent to the client. */
  readonly reason?: string;
  /** Who issued the token: what `subject`, `clientId` and `grantId` are names at. Absent where that is ourselves. */
  readonly issuer?: string;
  readonly clientId?: string;
  readonly clientName?: string;
  readonly subject?: string;
  readonly username?: string;
  readonly grantId?: string;
  readonly accessTokenId?: string;
  readonly resource?: string;
  readonly scopes?: readonly string[];
  readonly grantType?: string;
  /** The upstream's name, and the MCP method, tool, prompt or resource of a request. */
  readonly upstream?: string;
  readonly method?: string;
  readonly target?: string;
  readonly httpStatus?: number;
  readonly network?: string;
  readonly keyId?: string;
  readonly rule?: string;
  /** Who ran the command that did it, as the operating system has it: user and host. Absent where no command did. */
  readonly operator?: string;
  /** Anything else a person would need, in words of our own. */
  readonly detail?: string;
}

/** Takes events. Never throws and never blocks: what must not go unrecorded is written by the storage act itself. */
export interface AuditSink {
  record(event: AuditEvent): void;
}
