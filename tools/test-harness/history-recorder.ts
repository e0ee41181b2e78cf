import type { Answer, Asked, RecordedOperation } from "./recorded-operation.ts";

/** Writes down what the clients of one history do. */
export class HistoryRecorder {
  readonly names: readonly [string, ...string[]];
  /** By name, in the order of the returns. */
  readonly operations = new Map<string, RecordedOperation[]>();
  /** The names of which two functions of `refresh` ran at the same time. */
  readonly overlaps: string[] = [];
  readonly #nothing: ReadonlySet<string>;
  /** By name, whether the process of a running refresh is dead. */
  readonly #refreshing = new Map<string, Set<() => boolean>>();
  #time = 0;
  #values = 0;

  /** @param nothing the codes of errors that promise that nothing happened and nothing will */
  constructor(names: readonly [string, ...string[]], nothing: readonly string[] = []) {
    this.names = names;
    this.#nothing = new Set(nothing);
    for (const name of names) this.operations.set(name, []);
  }

  /** A value that nothing else in this history has. */
  freshValue(): { readonly n: number } {
    return { n: ++this.#values };
  }

  /**
   * Runs the function of a refresh. Only one may run for a name at any time, in whichever process.
   *
   * @param isDead whether the process that runs it has died, of which nothing is heard any more
   */
  async refreshing<Result>(name: string, isDead: () => boolean, run: () => Promise<Result>): Promise<Result> {
    const running = this.#refreshing.get(name) ?? new Set();
    this.#refreshing.set(name, running);
    if ([...running].some((isOtherDead) => !isOtherDead())) this.overlaps.push(name);
    running.add(isDead);
    try {
      return await run();
    } finally {
      running.delete(isDead);
    }
  }

  /**
   * Makes one call.
   *
   * @param asked is asked when the call has ended, because a function that updates runs meanwhile
   */
  async record(
    client: string,
    name: string,
    asked: () => Asked,
    call: () => Promise<Answer>,
  ): Promise<Answer> {
    const calledAt = ++this.#time;
    const answer = await call().catch((error: unknown) => this.#answerOfFailure(error));
    const returnedAt = ++this.#time;
    this.operations.get(name)?.push({ client, calledAt, returnedAt, asked: asked(), answer });
    return answer;
  }

  /** By the code alone: errors may come from whichever copy of the package. */
  #answerOfFailure(error: unknown): Answer {
    const { code, reason } = error as { readonly code?: unknown; readonly reason?: unknown };
    if (code === "CONFLICT" && reason === "IN_TRANSITION") return { is: "in transition" };
    // What its function gave was not stored, or there was nothing to store.
    if (code === "REFRESH_FAILED" || code === "EXCHANGE_FAILED") return { is: "nothing", code };
    if (reason === "REFRESH_OVERTAKEN") return { is: "nothing", code: "REFRESH_OVERTAKEN" };
    if (typeof code === "string" && this.#nothing.has(code)) return { is: "nothing", code };
    switch (code) {
      case "ALREADY_EXISTS":
      case "NOT_FOUND":
      case "CONFLICT":
        return { is: "refused", code };
      case "OUTCOME_UNKNOWN":
      case "TIMEOUT":
        return { is: "unknown" };
      default:
        throw error;
    }
  }
}
