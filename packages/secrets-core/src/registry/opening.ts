import { SecretsError } from "../errors/secrets-error.ts";
import { closeProduct } from "./close-product.ts";
import { Closing } from "./closing.ts";

export const DEFAULT_START_TIMEOUT = 600_000;
export const LONGEST_START_TIMEOUT = 24 * 60 * 60_000;
/** The longest time that a plugin has for its cleanup after its signal has aborted, in milliseconds. */
const LONGEST_GRACE = 5_000;
/** The time that plugins have to close after the opening has failed, in milliseconds. */
export const CLEANUP_TIMEOUT = 5_000;

/** What an opening of plugins is limited by. */
export interface OpeningLimits {
  /** Milliseconds until its end, which includes the time that a plugin has for its cleanup. */
  readonly timeout: number;
  /** Aborts it. Absent: only the timeout ends it. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error after the timeout. @param plugin the plugin that was opening */
  readonly late: (plugin: string) => SecretsError;
  /** Whether its timer keeps the process alive: a process that waits for its start must not exit silently. */
  readonly keepsProcess: boolean;
}

/** One opening of plugins: its deadline, the signal that they receive, and what came late. */
export class Opening {
  readonly #limits: OpeningLimits;
  readonly #deadline: number;
  readonly #controller = new AbortController();
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: () => void;
  #plugin = "";
  #closing: Closing | undefined;

  constructor(limits: OpeningLimits) {
    const { timeout, signal, late, keepsProcess } = limits;
    this.#limits = limits;
    this.#deadline = Date.now() + timeout;
    const grace = Math.min(LONGEST_GRACE, timeout / 4);
    this.#timer = setTimeout(() => this.#controller.abort(late(this.#plugin)), timeout - grace);
    if (!keepsProcess) this.#timer.unref();
    this.#onAbort = () => this.#controller.abort(signal?.reason);
    if (signal?.aborted) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Aborts when the caller aborts the opening, or when only the time for cleanup is left. Never after the opening ended. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  get timeLeft(): number {
    return Math.max(1, this.#deadline - Date.now());
  }

  /** The close of what was opened before a failure: all of it has the same end. */
  get closing(): Closing {
    this.#closing ??= new Closing(CLEANUP_TIMEOUT);
    return this.#closing;
  }

  /**
   * Waits for a plugin to open. After the signal has aborted, the plugin has some seconds for its cleanup. Then the wait ends,
   * and a product that arrives late is closed.
   *
   * @throws the signal's reason when it ended the wait
   */
  async product<Product>(plugin: string, create: () => Product | Promise<Product>): Promise<Product> {
    const { signal } = this;
    signal.throwIfAborted();
    this.#plugin = plugin;
    const opening = (async () => create())();
    const { promise: end, reject } = Promise.withResolvers<never>();
    let timer: NodeJS.Timeout | undefined;
    const giveUp = () => {
      reject(signal.reason);
      opening.then(closeProduct).catch(() => undefined);
    };
    const onAbort = () => {
      timer = setTimeout(giveUp, Math.max(0, Math.min(LONGEST_GRACE, this.#deadline - Date.now())));
      if (!this.#limits.keepsProcess) timer.unref();
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    try {
      return await Promise.race([opening, end]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Stops the timer, and listens to the caller's signal no longer. */
  end(): void {
    clearTimeout(this.#timer);
    this.#limits.signal?.removeEventListener("abort", this.#onAbort);
  }
}

/**
 * The error of a start whose plugin opens for too long.
 *
 * @param isFixed whether its reader cannot change the timeout. @default false
 */
export function startNotEnded(timeout: number, isFixed = false): (plugin: string) => SecretsError {
  const remedy = isFixed
    ? ""
    : " If the store needs longer, such as for a large migration, raise the option `startTimeout`.";
  return (plugin) => {
    const message = `The plugin ${plugin} did not open within the ${timeout} ms of the start. Find out why its store does not answer, and start again.${remedy}`;
    return new SecretsError("TIMEOUT", message, { reason: "OPENING_NOT_ENDED", manager: plugin });
  };
}
