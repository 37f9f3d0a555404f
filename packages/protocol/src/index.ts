export * from './json/strict-json.js';
export * from './json-rpc/message.js';
export * from './names.js';
export * from './result.js';
