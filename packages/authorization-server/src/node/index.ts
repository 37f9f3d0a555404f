export { createPasswordHasher } from './password-hasher.js';
