import {
  assertExactNumbers,
  type CallContext,
  type Capabilities,
  compareNames,
  type DeleteExpectation,
  type Expectation,
  type Health,
  isSecretName,
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
import { type SampleStore, type StoredText, StoreError } from "./sample-store.ts";

// Declare only what the store supports: the suite tests it.
const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });

const codes: Readonly<Record<number, SecretsErrorCode>> = {
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  429: "RATE_LIMITED",
  503: "UNAVAILABLE",
};

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
    const found = await this.#store.read(name, this.#token, signal);
    // JSON.parse must not round a value that is about to be written to another store.
    if (exactNumbers && found !== undefined) assertExactNumbers(found.text);
    return found && { ...infoOf(name, found), value: parse(found.text) };
  }

  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    { signal }: CallContext,
  ): Promise<StoredInfo> {
    const text = JSON.stringify(value);
    const isMet = (current: StoredText | undefined) => assertMet(expect, current);
    return infoOf(name, await this.#store.write(name, text, isMet, this.#token, signal));
  }

  async delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    { signal }: CallContext,
  ): Promise<boolean> {
    const isMet = (current: StoredText) => assertMet(expect, current);
    return this.#store.remove(name, isMet, this.#token, signal);
  }

  async *list({ prefix, after, limit }: ListRange, { signal }: CallContext): AsyncGenerator<StoredInfo> {
    const entries = await this.#store.entries(this.#token, signal);
    const wanted = entries
      .filter(([name]) => name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0))
      .sort(([left], [right]) => compareNames(left, right));
    for (const [name, stored] of wanted.slice(0, limit)) yield infoOf(name, stored);
  }

  async check({ count }: { readonly count: boolean }, { signal }: CallContext): Promise<Health> {
    const names = (await this.#store.entries(this.#token, signal)).map(([name]) => name);
    if (!count) return { status: "healthy", problems: [] };
    const listed = names.filter(isSecretName).length;
    return { status: "healthy", problems: [], count: listed, unlistedCount: names.length - listed };
  }

  async close(): Promise<void> {} // End connections and timers here.

  classify(error: unknown): SecretsErrorCode | undefined {
    return error instanceof StoreError ? codes[error.status] : undefined;
  }
}

function infoOf(name: string, { version }: StoredText): StoredInfo {
  return { name, version: String(version) };
}

function assertMet(expect: Expectation, current: StoredText | undefined): void {
  if (current === undefined && expect !== "absent" && expect !== "any") throw secretNotFound();
  if (current !== undefined && expect === "absent") throw secretExists();
  if (typeof expect === "object" && expect.version !== String(current?.version)) throw secretChanged();
}

function parse(text: string): SecretValue {
  try {
    return JSON.parse(text);
  } catch {
    throw new SecretsError("INVALID_VALUE", "The store holds a text that is not JSON.");
  }
}
