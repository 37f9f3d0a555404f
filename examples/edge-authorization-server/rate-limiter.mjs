const MOST_COUNTERS = 10_000;

/**
 * Counts in this isolate alone, which a stranger can spread over others: a real host counts where all of them look, as in a
 * Durable Object for each key. Where there are too many counters the oldest goes.
 */
export function createRateLimiter(clock) {
  const counters = new Map();

  function decide(rule, key, points) {
    const id = `${rule.name} ${key}`;
    const now = clock.nowEpochSeconds();
    const found = counters.get(id);
    const counter =
      found !== undefined && now < found.endsAt ? found : { left: rule.points, endsAt: now + rule.windowSeconds };
    if (counter.left < 1) return { allowed: false, retryAfterSeconds: counter.endsAt - now };
    counter.left -= points;
    counters.delete(id);
    counters.set(id, counter);
    if (counters.size > MOST_COUNTERS) counters.delete(counters.keys().next().value);
    return { allowed: true };
  }

  return {
    consume: async (rule, key) => decide(rule, key, 1),
    peek: async (rule, key) => decide(rule, key, 0),
    giveBack: async (rule, key) => {
      const counter = counters.get(`${rule.name} ${key}`);
      if (counter !== undefined && counter.left < rule.points) counter.left += 1;
    },
  };
}
