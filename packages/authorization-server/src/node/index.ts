export type { AnsweringServer, HostedServer, NodeCall } from './answer-request.js';
export { answerNodeRequest } from './answer-request.js';
export { type NodeListenerOptions, nodeListener } from './node-listener.js';
export { createPasswordHasher } from './password-hasher.js';
export { isSameAuthority } from './same-authority.js';
export { sendWhole } from './send-whole.js';
