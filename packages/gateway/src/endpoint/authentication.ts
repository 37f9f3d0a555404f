import type { IncomingMessage } from 'node:http';
import {
  type AccessTokenVerifier,
  type AuthenticationScheme,
  type CheckedProof,
  checkScheme,
  createProofOfPossession,
  type ProofOfPossession,
  readPresentedCredential,
  searchOf,
  type VerifiedAccessToken,
} from '@portcullis/resource-server';
import type { Challenges } from './challenges.js';
import type { McpEndpointPorts, McpEndpointSettings } from './options.js';
import { type Refusal, unavailable } from './refusal.js';

/** Who asks, or why that is not believed: then with the token where it is good in itself, for the trail. */
export type Authentication =
  | {
      readonly ok: true;
      readonly value: VerifiedAccessToken;
      /** What came with a token that is bound to a key, not used up yet. */
      readonly proof?: CheckedProof;
    }
  | { readonly ok: false; readonly failure: Refusal; readonly accessToken?: VerifiedAccessToken };

const MEMORY_UNAVAILABLE: Refusal = {
  ...unavailable('Access tokens cannot be verified right now', 'dpop_replay_memory_unavailable', 5),
  event: 'access_token.refused',
};

/** Finds out who sends a request, by the access token and, where that is bound to a key, by the proof (RFC 9449 §7.1). */
export class Authenticator {
  readonly #ports: Pick<McpEndpointPorts, 'verifier' | 'onFault'>;
  readonly #settings: McpEndpointSettings;
  readonly #challenges: Challenges;
  readonly #possession: ProofOfPossession;

  constructor(
    ports: Pick<McpEndpointPorts, 'verifier' | 'onFault' | 'platform'>,
    settings: McpEndpointSettings,
    challenges: Challenges,
  ) {
    this.#ports = ports;
    this.#settings = settings;
    this.#challenges = challenges;
    this.#possession = createProofOfPossession({ ...settings.dpop, platform: ports.platform });
  }

  /**
   * Takes the credential off the request and verifies it; of a bound token the proof as well, all but whether it is new.
   * Answers without a promise when the verifier does and the token is not bound, which is the common case. The raw header
   * list is read because Node drops a second `Authorization`.
   *
   * A verifier that was built for another resource or tenant is a fault of wiring that must not open a door, so both are
   * compared once more.
   */
  authenticate(request: IncomingMessage): Authentication | Promise<Authentication> {
    const credential = readPresentedCredential(request.rawHeaders, searchOf(request.url ?? ''));
    switch (credential.kind) {
      case 'none':
        return { ok: false, failure: this.#challenges.missing() };
      case 'refused': {
        const { reason, status, scheme } = credential;
        const failure =
          status === 400 ? this.#challenges.invalidRequest(reason) : this.#challenges.invalidToken(reason, scheme);
        return { ok: false, failure };
      }
      case 'token': {
        const { scheme, accessToken } = credential;
        const verification = this.#ports.verifier.verify(accessToken);
        return verification instanceof Promise
          ? verification.then((found) => this.#conclude(found, scheme, request, accessToken))
          : this.#conclude(verification, scheme, request, accessToken);
      }
    }
  }

  /** Uses up the proof of a request whose caller is let in; the refusal where it was used before. Never rejects. */
  async useUp(proof: CheckedProof, correlationId: string): Promise<Refusal | undefined> {
    try {
      const failure = await proof.use();
      return failure === undefined ? undefined : this.#challenges.invalidProof(failure);
    } catch (error) {
      this.#ports.onFault?.(error, correlationId);
      return MEMORY_UNAVAILABLE;
    }
  }

  /** What comes of a credential: without a promise where the token is not bound to a key. */
  #conclude(
    verification: Awaited<ReturnType<AccessTokenVerifier['verify']>>,
    scheme: AuthenticationScheme,
    request: IncomingMessage,
    presented: string,
  ): Authentication | Promise<Authentication> {
    const found = this.#checkVerified(verification, scheme);
    if (!found.ok) return found;
    const { value } = found;
    const wrong = checkScheme(scheme, value.proofKey, this.#settings.dpop.isRequired);
    if (wrong !== undefined) return { ok: false, failure: this.#challenges.wrongScheme(wrong), accessToken: value };
    return value.proofKey === undefined ? found : this.#checkProof(value, value.proofKey, request, presented);
  }

  async #checkProof(
    value: VerifiedAccessToken,
    proofKey: string,
    { method = '', rawHeaders }: IncomingMessage,
    accessToken: string,
  ): Promise<Authentication> {
    const bound = { method, url: this.#challenges.proofAddress, rawHeaders, accessToken, proofKey };
    const checked = await this.#possession.check(bound);
    return checked.ok
      ? { ok: true, value, proof: checked.value }
      : { ok: false, failure: this.#challenges.invalidProof(checked.failure), accessToken: value };
  }

  #checkVerified(
    verification: Awaited<ReturnType<AccessTokenVerifier['verify']>>,
    scheme: AuthenticationScheme,
  ): Authentication {
    const challenges = this.#challenges;
    if (!verification.ok) return { ok: false, failure: challenges.invalidToken(verification.failure.reason, scheme) };
    const { resource, tenantId } = verification.value;
    if (resource !== this.#settings.resource) {
      return { ok: false, failure: challenges.invalidToken('wrong_audience', scheme) };
    }
    if (tenantId !== this.#settings.tenantId) {
      return { ok: false, failure: challenges.invalidToken('wrong_tenant', scheme) };
    }
    return verification;
  }
}
