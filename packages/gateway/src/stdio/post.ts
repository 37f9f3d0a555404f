import type { JsonRpcMessage, JsonRpcPayload, JsonRpcResponse } from '@portcullis/protocol';
import type { Reply, ReplyHeaders } from '../upstream/upstream.js';
import type { AnswerForms } from './accept.js';
import { Answer, type RequestFailure } from './answer.js';
import { isPatient } from './call-kinds.js';
import type { Channel } from './channel.js';
import { FAILURES } from './failures.js';

/** How a POST is carried to a process. */
export interface PostOptions {
  readonly forms: AnswerForms;
  /** Headers of a successful answer. */
  readonly headers: ReplyHeaders;
  readonly maxQueuedBytes: number;
  /** Whether the process waits for this response. One it does not wait for is dropped. */
  readonly awaitsResponse: (response: JsonRpcResponse) => boolean;
}

/** Carries the messages of one POST to a process, in order, and answers: with the responses, or with 202 if none is due. */
export function post(channel: Channel, payload: JsonRpcPayload, reply: Reply, options: PostOptions): void {
  const messages: readonly JsonRpcMessage[] = payload.kind === 'single' ? [payload.message] : payload.messages;
  const requests = messages.filter((message) => message.body.kind === 'request').length;
  const { maxQueuedBytes, headers } = options;
  const patient = messages.some(({ body }) => body.kind === 'request' && isPatient(body));
  const forms = patient && options.forms.json ? { json: true, eventStream: false } : options.forms;
  const answer =
    requests === 0
      ? undefined
      : new Answer(reply, { forms, batch: payload.kind === 'batch', requests, headers, maxQueuedBytes });
  for (const message of messages) {
    const { body } = message;
    if (body.kind === 'request') {
      if (answer !== undefined) channel.ask(message, body, answer);
    } else if (body.kind === 'notification' || options.awaitsResponse(body)) {
      if (!channel.tell(message) && answer === undefined) {
        refuse(reply, FAILURES.notReading);
        return;
      }
    }
  }
  if (answer === undefined) reply.send(202, {}, '');
}

/** Answers a whole exchange with an error of the gate's own. */
export function refuse(reply: Reply, failure: RequestFailure): void {
  reply.fail(failure.httpStatus, failure.code, failure.message, failure.reason);
}
