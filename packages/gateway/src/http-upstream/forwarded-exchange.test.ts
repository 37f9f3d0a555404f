import { expect, it } from 'vitest';
import { RecordedReply } from '../stdio/testing/recorded-reply.js';
import { ForwardedExchange } from './forwarded-exchange.js';

const controller = {
  aborted: false,
  paused: false,
  reason: null,
  rawHeaders: null,
  rawTrailers: null,
  abort: () => undefined,
  pause: () => undefined,
  resume: () => undefined,
};

it.each([
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 502, 'upstream_certificate'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 502, 'upstream_certificate'],
  ['EHOSTUNREACH', 502, 'upstream_unreachable'],
  ['EPIPE', 502, 'upstream_reset'],
  ['UND_ERR_HEADERS_TIMEOUT', 504, 'upstream_timeout'],
  ['toString', 502, 'upstream_failed'],
  [undefined, 502, 'upstream_failed'],
])('F-09 tells the operator, not the client, that a connection failed by %s', (code, status, reason) => {
  const reply = new RecordedReply();
  let over = 0;
  const exchange = new ForwardedExchange(reply, { maxJsonBytes: 1, maxEventBytes: 1 }, () => {
    over += 1;
  });
  exchange.onResponseError(controller, Object.assign(new Error('canary'), code === undefined ? {} : { code }));
  expect([reply.status, reply.reason, over]).toEqual([status, reason, 1]);
  expect(reply.body).not.toMatch(/canary|upstream_/);
});
