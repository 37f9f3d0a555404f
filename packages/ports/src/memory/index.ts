export { createMemoryStorage, type MemoryStorage } from './memory-storage.js';
