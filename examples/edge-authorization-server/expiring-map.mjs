/**
 * A map whose entries end after so many seconds, and of which there are so many at most: where one more comes the oldest
 * goes.
 */
export function createExpiringMap(clock, { seconds, most }) {
  /** In the order they came, which is that of their ends. */
  const entries = new Map();

  return {
    get(key) {
      const found = entries.get(key);
      return found !== undefined && clock.nowEpochSeconds() < found.endsAt ? found.value : undefined;
    },
    set(key, value) {
      const now = clock.nowEpochSeconds();
      entries.delete(key);
      entries.set(key, { value, endsAt: now + seconds });
      for (const [oldest, { endsAt }] of entries) {
        if (now < endsAt && entries.size <= most) return;
        entries.delete(oldest);
      }
    },
    delete: (key) => entries.delete(key),
  };
}
