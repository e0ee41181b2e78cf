import {
  type CallContext,
  type Expectation,
  SecretsError,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
} from "@archestra/secrets-core/plugin";
import { StoreAround } from "./store-around.ts";
import type { VaultStore } from "./vault-store.ts";

/**
 * The longest segment that Vault's storage in files holds, in bytes. A file has the name of the last segment and, while
 * it is written, up to ten digits. Version 2 encrypts the name, which makes it longer. Vault's own refusals are of no use
 * here: up to 9 bytes more are stored by chance, and a name that is far too long is answered with "internal error".
 */
const LONGEST_IN_FILES = { 1: 244, 2: 104 } as const;
const SHORTEST_LIMIT = 104;

/** Refuses names that the storage behind Vault cannot hold. Vault is asked for its storage at the first long name. */
export class LimitedNames extends StoreAround {
  readonly #kvVersion: 1 | 2;
  readonly #askStorage: (context: CallContext) => Promise<string | undefined>;
  #storage: string | undefined;

  /** @param askStorage gives Vault's `storage_type`; undefined: it does not say */
  constructor(
    inner: VaultStore,
    kvVersion: 1 | 2,
    askStorage: (context: CallContext) => Promise<string | undefined>,
  ) {
    super(inner);
    this.#kvVersion = kvVersion;
    this.#askStorage = askStorage;
  }

  override get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    if (isShort(name)) return super.get(name, context);
    return this.#assertHeld(name, context).then(() => super.get(name, context));
  }

  override has(name: string, context: CallContext): Promise<boolean> {
    if (isShort(name)) return super.has(name, context);
    return this.#assertHeld(name, context).then(() => super.has(name, context));
  }

  override write(
    name: string,
    value: SecretValue,
    options: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    if (isShort(name)) return super.write(name, value, options, context);
    return this.#assertHeld(name, context).then(() => super.write(name, value, options, context));
  }

  override delete(
    name: string,
    options: { readonly expect: Extract<Expectation, "any" | object> },
    context: CallContext,
  ): Promise<boolean> {
    if (isShort(name)) return super.delete(name, options, context);
    return this.#assertHeld(name, context).then(() => super.delete(name, options, context));
  }

  async #assertHeld(name: string, context: CallContext): Promise<void> {
    const limit = LONGEST_IN_FILES[this.#kvVersion];
    const longest = Math.max(...name.split("/").map((segment) => Buffer.byteLength(segment)));
    if (longest <= limit) return;
    this.#storage ??= await this.#askStorage(context);
    if (this.#storage !== "file") return;
    throw new SecretsError(
      "INVALID_ARGUMENT",
      `Vault stores secrets in files here, which hold segments of at most ${limit} bytes with KV version ${this.#kvVersion}; a segment of this name has ${longest} bytes. Shorten it, split it with \`/\`, or use another storage, such as raft.`,
      { reason: "REFUSED_NAME" },
    );
  }
}

/** Whether a name is short enough for every storage. No UTF-16 unit takes more than three bytes of UTF-8. */
function isShort(name: string): boolean {
  return name.length * 3 <= SHORTEST_LIMIT || Buffer.byteLength(name) <= SHORTEST_LIMIT;
}
