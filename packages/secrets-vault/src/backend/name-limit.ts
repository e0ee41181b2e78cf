import { SecretsError } from "@archestra/secrets-core/plugin";
import type { CallLimits } from "../http/call-limits.ts";
import type { KvVersion } from "../paths/secret-paths.ts";

/**
 * The longest segment that Vault's storage in files holds, in bytes. A file has the name of the last segment and, while
 * it is written, up to ten digits. Version 2 encrypts the name, which makes it longer. Vault's own refusals are of no use
 * here: up to 9 bytes more are stored by chance, and a name that is far too long is answered with "internal error".
 */
const LONGEST_IN_FILES = { 1: 244, 2: 104 } as const;
const SHORTEST_LIMIT = 104;

/** Refuses names that the storage behind Vault cannot hold. The first long name causes a request for the kind of storage. */
export class NameLimit {
  readonly #kvVersion: KvVersion;
  readonly #readStorage: (limits: CallLimits) => Promise<string | undefined>;
  #storage: string | undefined;

  /** @param readStorage returns Vault's `storage_type`. Undefined: unknown */
  constructor(kvVersion: KvVersion, readStorage: (limits: CallLimits) => Promise<string | undefined>) {
    this.#kvVersion = kvVersion;
    this.#readStorage = readStorage;
  }

  /** @throws INVALID_ARGUMENT, reason REFUSED_NAME */
  async assertStorable(name: string, limits: CallLimits): Promise<void> {
    const limit = LONGEST_IN_FILES[this.#kvVersion];
    const longest = Math.max(...name.split("/").map((segment) => Buffer.byteLength(segment)));
    if (longest <= limit) return;
    this.#storage ??= await this.#readStorage(limits);
    if (this.#storage !== "file") return;
    throw new SecretsError(
      "INVALID_ARGUMENT",
      `Vault stores secrets in files here, which hold segments of at most ${limit} bytes with KV version ${this.#kvVersion}; a segment of this name has ${longest} bytes. Shorten it, split it with \`/\`, or use another storage, such as raft.`,
      { reason: "REFUSED_NAME" },
    );
  }
}

/** Whether a name is short enough for every storage. A UTF-16 unit takes at most three bytes of UTF-8. */
export function isShortName(name: string): boolean {
  return name.length * 3 <= SHORTEST_LIMIT || Buffer.byteLength(name) <= SHORTEST_LIMIT;
}
