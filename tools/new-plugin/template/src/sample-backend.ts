import { randomUUID } from "node:crypto";
import {
  assertExactNumbers,
  type CallContext,
  type Capabilities,
  compareNames,
  type DeleteExpectation,
  type Expectation,
  type Health,
  isSecretName,
  isSecretsError,
  type ListRange,
  type SecretsBackend,
  SecretsError,
  type SecretsErrorCode,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
  secretChanged,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import { ConnectionLost, type SampleStore, type StoredText, StoreError } from "./sample-store.ts";

// Declare only what the store supports: the suite tests it.
const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });

const codes: Readonly<Record<number, SecretsErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  429: "RATE_LIMITED",
  502: "UNAVAILABLE",
  503: "UNAVAILABLE",
};

/** Reserved for the response to the caller, in milliseconds. */
const RESPONSE_TIME = 100;

/** Secrets in a `SampleStore`. */
export class SampleBackend implements SecretsBackend {
  readonly capabilities = capabilities;
  readonly location = "the memory of this process";
  readonly #store: SampleStore;
  readonly #token: string;

  constructor(store: SampleStore, token: string) {
    this.#store = store;
    this.#token = token;
  }

  async get(name: string, { signal, exactNumbers }: CallContext): Promise<StoredSecret | undefined> {
    const found = await this.#read(signal, () => this.#store.read(name, this.#token, signal));
    // JSON.parse must not round a value that is about to be written to another store.
    if (exactNumbers && found !== undefined) assertExactNumbers(found.text);
    return found && { name, version: found.version, value: parse(found.text) };
  }

  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    const version = randomUUID(); // Identifies this write. No other state of the secret has it.
    const stored = { text: JSON.stringify(value), version };
    const condition = (current: StoredText | undefined) => assertMet(expect, current);
    await this.#change(
      context,
      () => this.#store.write(name, stored, condition, this.#token, context.signal),
      async (signal) => (await this.#store.read(name, this.#token, signal))?.version === version,
    );
    return { name, version };
  }

  async delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    const condition = (current: StoredText | undefined) => {
      if (current !== undefined) assertMet(expect, current);
    };
    // Absence does not prove that this call deleted the secret, so a lost answer cannot be read back.
    const isDeleted = await this.#change(context, () =>
      this.#store.remove(name, condition, this.#token, context.signal),
    );
    return isDeleted === true;
  }

  async *list({ prefix, after, limit }: ListRange, { signal }: CallContext): AsyncGenerator<StoredInfo> {
    const entries = await this.#read(signal, () => this.#store.entries(this.#token, signal));
    const wanted = entries
      .filter(([name]) => name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0))
      .sort(([left], [right]) => compareNames(left, right));
    for (const [name, stored] of wanted.slice(0, limit)) yield { name, version: stored.version };
  }

  async check({ count }: { readonly count: boolean }, { signal }: CallContext): Promise<Health> {
    const entries = await this.#read(signal, () => this.#store.entries(this.#token, signal));
    const names = entries.map(([name]) => name);
    if (!count) return { status: "healthy", problems: [] };
    const listed = names.filter(isSecretName).length;
    return { status: "healthy", problems: [], count: listed, unlistedCount: names.length - listed };
  }

  async close(): Promise<void> {} // End connections and timers here.

  classify(error: unknown): SecretsErrorCode | undefined {
    if (error instanceof ConnectionLost) return "UNAVAILABLE";
    return error instanceof StoreError ? codes[error.status] : undefined;
  }

  /** Sends a read. When its connection is lost because the call was aborted, it ends with the reason of the abort. */
  async #read<Answer>(signal: AbortSignal, send: () => Promise<Answer>): Promise<Answer> {
    try {
      return await send();
    } catch (error) {
      if (error instanceof ConnectionLost) signal.throwIfAborted();
      throw error;
    }
  }

  /**
   * Sends a change. When its answer is lost, it reads back whether the change was made: the time until `deadline` is kept for
   * that, also after the signal has aborted.
   *
   * @param isMade whether the store holds what this change wrote. Absent: nothing can prove it
   * @returns the answer. Undefined: it was lost, and the change was made
   */
  async #change<Answer>(
    { signal, deadline }: CallContext,
    send: () => Promise<Answer>,
    isMade?: (signal: AbortSignal) => Promise<boolean>,
  ): Promise<Answer | undefined> {
    signal.throwIfAborted(); // Nothing was sent.
    try {
      return await send();
    } catch (error) {
      if (isSecretsError(error) || isRefusal(error)) throw error; // Nothing was changed.
    }
    const left = deadline - Date.now() - RESPONSE_TIME;
    const isProven = left > 0 && (await isMade?.(AbortSignal.timeout(left)).catch(() => false));
    if (isProven) return undefined;
    // The request may still arrive, so an entry without this change proves nothing.
    throw new SecretsError("OUTCOME_UNKNOWN", "The store did not report the outcome of the change.");
  }
}

/** Whether the store itself answered, and has refused. Status 502 is of a proxy, which may have passed the request on. */
function isRefusal(error: unknown): boolean {
  return error instanceof StoreError && error.status !== 502;
}

function assertMet(expect: Expectation, current: StoredText | undefined): void {
  if (current === undefined && expect !== "absent" && expect !== "any") throw secretNotFound();
  if (current !== undefined && expect === "absent") throw secretExists();
  if (typeof expect === "object" && expect.version !== current?.version) throw secretChanged();
}

function parse(text: string): SecretValue {
  try {
    return JSON.parse(text);
  } catch {
    throw new SecretsError("INVALID_VALUE", "The store holds a text that is not JSON.");
  }
}
