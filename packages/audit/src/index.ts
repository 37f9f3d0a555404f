export * from './clean-text.js';
export * from './log-audit-sink.js';
