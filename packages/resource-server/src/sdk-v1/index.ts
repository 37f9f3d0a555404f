export { tokenVerifier } from './token-verifier.js';
