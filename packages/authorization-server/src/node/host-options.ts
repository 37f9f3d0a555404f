import type { RequestContext } from '@portcullis/ports';

/** What a host says of the requests that it hands on. */
export interface HostOptions<Request> {
  /** What is known of a request. `networkOf` of `@portcullis/ports` makes a network of an address. */
  readonly describe?: (request: Request) => RequestContext;
}

/** Path and query of a request target in origin form; of any other form, the target, which is no path of ours. */
export function splitTarget(target: string): { readonly pathname: string; readonly search: string } {
  const question = target.indexOf('?');
  if (question === -1) return { pathname: target, search: '' };
  return { pathname: target.slice(0, question), search: target.slice(question) };
}
