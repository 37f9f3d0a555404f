import { describeStorageContract } from '../testing/index.js';
import { createMemoryStorage } from './memory-storage.js';

describeStorageContract('memory', async () => {
  const storage = createMemoryStorage();
  return {
    storage,
    countEvents: async (type) => storage.events.filter((event) => event.type === type).length,
    dispose: () => storage.close(),
  };
});
