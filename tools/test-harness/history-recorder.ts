import type { Answer, Asked, RecordedOperation } from "./recorded-operation.ts";

/** Writes down what the clients of one history do. */
export class HistoryRecorder {
  readonly names: readonly [string, ...string[]];
  /** By name, in the order of the returns. */
  readonly operations = new Map<string, RecordedOperation[]>();
  readonly #nothing: ReadonlySet<string>;
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
