import type { UntrustedFetch, UntrustedFetchFailure, UntrustedRequest } from '@portcullis/ports';
import { fail, succeed } from '@portcullis/protocol';

/** What an address answers: a document, a status with a text, or nothing for a reason. */
export type ScriptedAnswer =
  | { readonly json: unknown }
  | { readonly status: number; readonly text?: string }
  | { readonly failure: UntrustedFetchFailure };

/** An `untrustedFetch` that goes nowhere, and what it was asked. */
export interface ScriptedFetch {
  readonly untrustedFetch: UntrustedFetch;
  readonly requests: UntrustedRequest[];
  /** By address; what is not there cannot be connected to. */
  readonly answers: Map<string, ScriptedAnswer>;
}

export function createScriptedFetch(answers: Readonly<Record<string, ScriptedAnswer>> = {}): ScriptedFetch {
  const scripted: ScriptedFetch = {
    requests: [],
    answers: new Map(Object.entries(answers)),
    untrustedFetch: async (request) => {
      scripted.requests.push(request);
      // As on a network, the answer comes later than the call returns.
      await new Promise((resolve) => setTimeout(resolve, 1));
      const answer = scripted.answers.get(request.url) ?? { failure: 'not_connected' };
      if ('failure' in answer) return fail(answer.failure);
      const { status, text } = 'json' in answer ? { status: 200, text: JSON.stringify(answer.json) } : answer;
      return succeed({ status, headers: new Headers(), body: new TextEncoder().encode(text ?? '') });
    },
  };
  return scripted;
}
