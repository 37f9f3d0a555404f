/** Lets those who ask for the same thing at the same time have one answer. */
export interface SharedWork<Value> {
  /** What `work` comes to, or what the one of `name` that is under way does: its failure too. */
  run(name: string, work: () => Promise<Value>): Promise<Value>;
}

/**
 * Shares work while it is under way, and remembers nothing of it afterwards. Without it twenty calls that wait for one token
 * would each try again what has just failed: twenty requests to a server in trouble, twenty windows for a person who has
 * said no.
 */
export function createSharedWork<Value>(): SharedWork<Value> {
  const underWay = new Map<string, Promise<Value>>();
  return {
    run(name, work) {
      const running = underWay.get(name);
      if (running !== undefined) return running;
      const mine = work().finally(() => underWay.delete(name));
      underWay.set(name, mine);
      return mine;
    },
  };
}
