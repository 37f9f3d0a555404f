// Proofs of possession, apart from the main entry: they need a library for signatures, and nothing of the main entry does.
export * from './oauth/dpop-proof.js';
export * from './oauth/dpop-proof-use.js';
export * from './oauth/dpop-proof-words.js';
