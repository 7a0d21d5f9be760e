/** Messages that come when they like, for one who takes them one by one. */
export class Inbox<T> {
  readonly #messages: T[] = [];
  #wake: (() => void) | null = null;

  put(message: T): void {
    this.#messages.push(message);
    this.#wake?.();
  }

  /** @returns null: the signal was aborted first */
  async take(signal: AbortSignal): Promise<T | null> {
    while (this.#messages.length === 0) {
      if (signal.aborted) return null;
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const leave = () => resolve();
      signal.addEventListener("abort", leave);
      await promise;
      signal.removeEventListener("abort", leave);
      this.#wake = null;
    }
    return this.#messages.shift()!;
  }
}
