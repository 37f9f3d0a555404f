import type { UntrustedFetch, UntrustedFetchFailure, UntrustedFetchResult, UntrustedRequest } from '@portcullis/ports';
import { fail, succeed } from '@portcullis/protocol';

/** The client of the abuse cases, and where its answers go. */
export const DOCUMENT_CLIENT = 'https://evil.test/client.json';
export const DOCUMENT_REDIRECT = 'https://evil.test/cb';

/** What a host answers, or why there is no answer. */
export interface HostAnswer {
  /** @defaultValue 200 */
  readonly status?: number;
  /** Beside the content type JSON. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Text, bytes, or a document. */
  readonly body?: unknown;
}

/** Every host on the internet, as a test wants it. */
export interface DocumentHost {
  readonly untrustedFetch: UntrustedFetch;
  /** By URL; nothing else resolves. */
  readonly answers: Map<string, HostAnswer | UntrustedFetchFailure>;
  /** The code of the error behind a failure. */
  detail: string | undefined;
  /** What was asked for, in order. */
  readonly requests: UntrustedRequest[];
  /** While it is set, answers wait for it. */
  gate: Promise<void> | undefined;
}

/** A document with what it has to say. */
export function documentOf(clientId: string, changes: object = {}): object {
  return { client_id: clientId, client_name: 'A client', redirect_uris: [DOCUMENT_REDIRECT], ...changes };
}

/** Hosts with a good document for {@link DOCUMENT_CLIENT}. */
export function createDocumentHost(): DocumentHost {
  const host: DocumentHost = {
    answers: new Map([[DOCUMENT_CLIENT, { body: documentOf(DOCUMENT_CLIENT) }]]),
    requests: [],
    gate: undefined,
    detail: undefined,
    async untrustedFetch(request): Promise<UntrustedFetchResult> {
      host.requests.push(request);
      await host.gate;
      const answer = host.answers.get(request.url) ?? 'name_not_resolved';
      const { detail } = host;
      if (typeof answer === 'string')
        return detail === undefined ? fail(answer) : { ok: false, failure: answer, detail };
      const { status = 200, headers = {}, body = '' } = answer;
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      return succeed({
        status,
        headers: new Headers({ 'content-type': 'application/json', ...headers }),
        body: body instanceof Uint8Array ? Uint8Array.from(body) : new TextEncoder().encode(text),
      });
    },
  };
  return host;
}
