import { SecretsError } from "../errors/secrets-error.ts";
import { endsWithin } from "./with-timeout.ts";

/** The longest time that is kept for the plugins while calls are in progress, in milliseconds. */
const LONGEST_RESERVE = 2_000;

/** A plugin, and the manager that it belongs to: itself, or the one whose slot it is in. */
export interface OpenPlugin {
  readonly plugin: string;
  readonly manager: string;
}

/** One close of everything that was opened: its end, and the plugins that have not closed by then. */
export class Closing {
  /** When the last calls in progress end, as `Date.now()` returns it. Plugins have the rest. */
  readonly endOfCalls: number;
  /** When changes that were sent are aborted: they have the time until `endOfCalls` to find out their outcome. */
  readonly abortOfChanges: number;
  /** When the other calls in progress are aborted. */
  readonly abortOfCalls: number;
  readonly #timeout: number;
  readonly #end: number;
  readonly #open: OpenPlugin[] = [];

  /**
   * @param timeout milliseconds for the whole close
   * @param waitsForCalls whether calls in progress may end by themselves. @default true
   */
  constructor(timeout: number, waitsForCalls = true) {
    const now = Date.now();
    const reserve = Math.min(LONGEST_RESERVE, timeout / 4);
    this.#timeout = timeout;
    this.#end = now + timeout;
    this.endOfCalls = this.#end - reserve;
    this.abortOfChanges = waitsForCalls ? this.endOfCalls - reserve : now;
    this.abortOfCalls = waitsForCalls ? this.endOfCalls : now;
  }

  get timeLeft(): number {
    return Math.max(0, this.#end - Date.now());
  }

  /** Waits for a plugin to close, no longer than until the end of this close. */
  async wait(plugin: OpenPlugin, work: Promise<unknown>): Promise<void> {
    if (!(await endsWithin(work, this.timeLeft))) this.#open.push(plugin);
  }

  /**
   * @param cause the first error of the plugins that failed to close. Absent: there is none
   * @throws SecretsError TIMEOUT, reason CLOSE_NOT_ENDED, when a plugin has not closed
   */
  assertEnded(cause?: unknown): void {
    const [first] = this.#open;
    if (first === undefined) return;
    const plugins = this.#open.map(({ plugin }) => plugin);
    const named = plugins.length === 1 ? `The plugin ${first.plugin}` : `The plugins ${plugins.join(", ")}`;
    const message = `${named} did not close within the ${this.#timeout} ms of the close. Everything else is closed. Their connections may stay open until the process ends.`;
    const { manager } = first;
    throw new SecretsError("TIMEOUT", message, {
      reason: "CLOSE_NOT_ENDED",
      retryable: false,
      manager,
      cause,
    });
  }
}
