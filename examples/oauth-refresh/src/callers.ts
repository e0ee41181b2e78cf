import { setTimeout as sleep } from "node:timers/promises";
import type { ClientOptions } from "./client-events.ts";
import type { Tokens } from "./tokens.ts";

/** The callers of one process, each of which calls the resource again and again. */
export class Callers {
  readonly #tokens: () => Promise<Tokens>;
  readonly #resource: string;
  readonly #options: ClientOptions;
  readonly #onFailure: (error: unknown) => void;
  readonly #stopping = new AbortController();
  #running: Promise<void>[] = [];
  #calls = 0;
  #late = 0;

  constructor(
    tokens: () => Promise<Tokens>,
    resource: string,
    options: ClientOptions,
    onFailure: (error: unknown) => void,
  ) {
    this.#tokens = tokens;
    this.#resource = resource;
    this.#options = options;
    this.#onFailure = onFailure;
  }

  start(): void {
    this.#running = Array.from({ length: this.#options.callers }, () => this.#run());
  }

  /** Waits for the calls in progress. `late`: calls whose token expired on its way to the resource, which were repeated. */
  async stop(): Promise<{ readonly calls: number; readonly late: number }> {
    this.#stopping.abort();
    await Promise.all(this.#running);
    return { calls: this.#calls, late: this.#late };
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#calls++;
      await this.#call().catch(this.#onFailure);
      const pause = this.#options.pause * 2 * Math.random();
      await sleep(pause, undefined, { signal }).catch(() => undefined);
    }
  }

  async #call(): Promise<void> {
    for (;;) {
      const tokens = await this.#tokens();
      const authorization = `Bearer ${tokens.access_token}`;
      const response = await fetch(this.#resource, { headers: { authorization } });
      await response.arrayBuffer();
      if (response.ok) return;
      if (response.status !== 401 || tokens.expires_at > Date.now()) {
        throw new Error(`The resource answered ${response.status}.`);
      }
      // A busy machine took longer than the margin.
      this.#late++;
    }
  }
}
