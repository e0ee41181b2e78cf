import type { CallOptions } from "../call/call-options.ts";
import type { SecretValue } from "../secret/secret.ts";

/** The options of `refresh`. */
export interface RefreshOptions<Value = SecretValue> extends CallOptions {
  /** Whether the value can still be used. It is synchronous, and called for each read: it compares a time, for example. */
  readonly isFresh: (value: Value) => boolean;
  /**
   * Obtains a new value, for example with the refresh token of the present one. It runs for one caller at a time among all
   * processes that share the ownership table, and receives the latest value of the store. An error that it throws reaches
   * all callers that wait within this process, unchanged; `grantEnded()` says that no later attempt can succeed.
   *
   * @param context `signal` aborts when the call ends without a result, the manager closes, or another process has taken
   * over. A value that is returned afterwards is stored all the same
   * @returns the new value: a JSON object, which replaces the present one
   */
  readonly refresh: (value: Value, context: RefreshContext) => unknown;
  /**
   * How long other processes wait for this one after its last sign of life, in milliseconds by the clock of the ownership
   * table: 1 000 to 600 000. It is renewed while `refresh` runs, and each third of it costs one statement. Without an
   * ownership table it has no effect. @default 30 000
   */
  readonly lease?: number | undefined;
}

/** What the function passed to `refresh` receives beside the value. */
export interface RefreshContext {
  /** Pass it to each request. */
  readonly signal: AbortSignal;
}
