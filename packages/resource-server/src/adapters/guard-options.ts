import type { RequestContext } from '../resource/protected-resource.js';

/** What the guard of a framework may be told beside its resource. */
export interface GuardOptions<Request> {
  /**
   * What the trail says of a request: where it came from and what joins its events, as the host knows them. Behind a
   * proxy, the address of the connection is the proxy's. Called once a request; what it throws, nobody gets in by.
   *
   * @defaultValue the address of the connection where the framework has it, and no correlation id
   */
  readonly describe?: (request: Request) => RequestContext;
}
