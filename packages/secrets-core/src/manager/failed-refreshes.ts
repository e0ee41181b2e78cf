import { grantEnded, refreshPaused } from "../errors/failed-refresh.ts";
import { isSecretsError } from "../errors/secrets-error.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { Secret, SecretValue } from "../secret/secret.ts";

const SHORTEST_PAUSE_MILLISECONDS = 500;
const LONGEST_PAUSE_MILLISECONDS = 30_000;
/** The oldest is forgotten, which costs one more attempt. */
const MOST_NAMES = 1_000;

/** The failed attempts for one value. */
interface Failures {
  readonly value: SecretValue;
  readonly count: number;
  /** When the next attempt may be made, as `performance.now()` returns it. */
  readonly nextAt: number;
  readonly error: unknown;
}

/**
 * The secrets of which the last refresh in this process failed. A pause that grows protects the authorization server, and
 * a grant that has ended is not tried again. A changed value ends both.
 */
export class FailedRefreshes {
  readonly #byName = new Map<string, Failures>();

  /** @throws SecretsError REFRESH_FAILED, reason GRANT_ENDED or REFRESH_PAUSED, when no attempt may be made for this value */
  assertMayTry({ name, value }: Secret): void {
    const failures = this.#byName.get(name);
    if (failures === undefined) return;
    if (!isSameValue(failures.value, value)) {
      this.forget(name);
      return;
    }
    const { error, nextAt } = failures;
    if (isSecretsError(error) && error.reason === "GRANT_ENDED") throw grantEnded(error.message);
    const pause = nextAt - performance.now();
    if (pause > 0) throw refreshPaused(pause, error);
  }

  /** @param error undefined: the attempt was made by another process */
  add({ name, value }: Secret, error: unknown): void {
    const former = this.#byName.get(name);
    const count = former !== undefined && isSameValue(former.value, value) ? former.count + 1 : 1;
    const pause = Math.min(LONGEST_PAUSE_MILLISECONDS, SHORTEST_PAUSE_MILLISECONDS * 2 ** (count - 1));
    const nextAt = performance.now() + pause * (0.75 + Math.random() / 2);
    this.#byName.delete(name);
    this.#byName.set(name, { value, count, nextAt, error });
    const [oldest] = this.#byName.keys();
    if (this.#byName.size > MOST_NAMES && oldest !== undefined) this.forget(oldest);
  }

  forget(name: string): void {
    this.#byName.delete(name);
  }
}
