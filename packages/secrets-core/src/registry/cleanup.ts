import type { Closing } from "./closing.ts";
import { endsWithin } from "./with-timeout.ts";

/** Closes something that was opened, no longer than until the end of the close. */
export type CleanupStep = (closing: Closing) => Promise<void>;

/** Closes in reverse order what was opened. Node 22 has no `AsyncDisposableStack`. */
export class Cleanup {
  readonly #steps: CleanupStep[] = [];

  add(step: CleanupStep): void {
    this.#steps.push(step);
  }

  /**
   * Runs every step once, whichever fails. A step that does not end keeps the next ones waiting for its share of the time
   * only, and may still end in the rest.
   *
   * @throws the first error
   */
  async run(closing: Closing): Promise<void> {
    const steps = this.#steps.splice(0).reverse();
    const errors: unknown[] = [];
    const endings: Promise<unknown>[] = [];
    for (const [index, step] of steps.entries()) {
      const ending = step(closing).catch((error) => errors.push(error));
      endings.push(ending);
      await endsWithin(ending, closing.timeLeft / (steps.length - index));
    }
    await Promise.all(endings);
    if (errors.length > 0) throw errors[0];
  }
}
