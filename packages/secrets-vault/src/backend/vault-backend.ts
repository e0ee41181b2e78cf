import {
  type Expectation,
  type Health,
  type HealthProblem,
  isSecretName,
  isSecretsError,
  type ListRange,
  type OperationContext,
  type ReadResult,
  type SecretsBackend,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
} from "@archestra/secrets-core/plugin";
import { namesInOrder } from "./names-in-order.ts";
import type { VaultCalls } from "./vault-calls.ts";
import type { VaultStore } from "./vault-store.ts";

/** So many secrets are read at the same time by one `getMany`. */
const READS_AT_A_TIME = 32;
/** Breaks the grammar of names, so that no secret has it, and is nothing special to Vault. */
const NAME_OF_NO_SECRET = " archestra-check";

/** What the backend stands on, and how it ends. */
export interface VaultBackendParts {
  readonly store: VaultStore;
  readonly calls: VaultCalls;
  readonly location: string;
  /** Where the values lie, unencoded, the namespace included. */
  readonly prefix: string;
  /** What the start found and an operator should know. */
  readonly problems: () => readonly HealthProblem[];
  readonly close: () => Promise<void>;
}

/** Secrets in HashiCorp Vault. */
export class VaultBackend implements SecretsBackend {
  readonly capabilities: VaultStore["capabilities"];
  readonly location: string;
  readonly #parts: VaultBackendParts;

  constructor(parts: VaultBackendParts) {
    this.#parts = parts;
    this.capabilities = parts.store.capabilities;
    this.location = parts.location;
  }

  path(name: string): string {
    return `${this.#parts.prefix}/${name}`;
  }

  get(name: string, context: OperationContext): Promise<StoredSecret | undefined> {
    return this.#parts.store.get(name, context);
  }

  async getMany(
    names: readonly string[],
    context: OperationContext,
  ): Promise<ReadonlyMap<string, ReadResult>> {
    const answers = new Map<string, ReadResult>();
    const waiting = names.values();
    const readNext = async () => {
      for (const name of waiting) {
        context.signal.throwIfAborted();
        answers.set(name, await this.#readResult(name, context));
      }
    };
    await Promise.all(Array.from({ length: Math.min(READS_AT_A_TIME, names.length) }, readNext));
    return answers;
  }

  write(
    name: string,
    value: SecretValue,
    options: { readonly expect: Expectation },
    context: OperationContext,
  ): Promise<StoredInfo> {
    return this.#parts.store.write(name, value, options, context);
  }

  delete(
    name: string,
    options: { readonly expect: Extract<Expectation, "any" | object> },
    context: OperationContext,
  ): Promise<boolean> {
    return this.#parts.store.delete(name, options, context);
  }

  list(range: ListRange, context: OperationContext): AsyncIterable<StoredInfo> {
    // With those that no secret has: the manager leaves them out, and counts them.
    const names = this.#names(range, context);
    return range.onlyNames
      ? withoutMore(names, range.limit)
      : this.#parts.store.describe(names, range, context);
  }

  /** A read under the prefix tells all that matters: whether Vault is there, unsealed, knows the token and permits it. */
  async check({ count }: { readonly count: boolean }, context: OperationContext): Promise<Health> {
    const { calls, problems } = this.#parts;
    // Who asks for the health asks again soon, and does not wait long.
    const limits = { signal: context.signal, deadline: context.deadline, isBrief: true };
    const paths = await calls.paths(limits);
    const request = {
      method: "GET" as const,
      path: paths.value(NAME_OF_NO_SECRET),
      subject: "a read that checks the connection",
    };
    const answer = await calls.read(request, limits);
    // Found, it is somebody else's. An answer with neither is not Vault's.
    if (answer.status !== 404 && answer.data === undefined) throw calls.unexpected(request, answer);
    const found = problems();
    const health: Health = { status: found.length === 0 ? "healthy" : "degraded", problems: found };
    return count ? { ...health, ...(await this.#count(context)) } : health;
  }

  close(): Promise<void> {
    return this.#parts.close();
  }

  async #readResult(name: string, context: OperationContext): Promise<ReadResult> {
    try {
      const secret = await this.#parts.store.get(name, context);
      return secret === undefined ? { status: "absent" } : { status: "found", secret };
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      return { status: "failed", error };
    }
  }

  async *#names(range: ListRange, context: OperationContext): AsyncGenerator<string> {
    const paths = await this.#parts.calls.paths(context);
    yield* namesInOrder((folder) => this.#listFolder(paths.folder(folder), folder, context), range);
  }

  async #listFolder(path: string, folder: string, context: OperationContext): Promise<readonly string[]> {
    const { calls } = this.#parts;
    const request = { method: "GET" as const, path, subject: `listing ${JSON.stringify(folder)}` };
    try {
      const answer = await calls.read(request, context);
      if (answer.status === 404) return [];
      const keys = (answer.data as { readonly keys?: unknown } | undefined)?.keys;
      if (Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
      throw calls.unexpected(request, answer);
    } catch (error) {
      // No name can begin with what Vault cannot read.
      if (isSecretsError(error) && error.reason === "UNPRINTABLE_NAME") return [];
      throw error;
    }
  }

  async #count(context: OperationContext): Promise<{ count: number; unlistedCount: number }> {
    let unlistedCount = 0;
    const range = { prefix: "" };
    const names = this.#names(range, context);
    async function* secretsAmong() {
      for await (const name of names) {
        if (isSecretName(name)) yield name;
        else unlistedCount++;
      }
    }
    let count = 0;
    for await (const _info of this.#parts.store.describe(secretsAmong(), range, context)) count++;
    return { count, unlistedCount };
  }
}

async function* withoutMore(
  names: AsyncIterable<string>,
  limit = Number.POSITIVE_INFINITY,
): AsyncGenerator<StoredInfo> {
  let left = limit;
  for await (const name of names) {
    if (left-- <= 0) return;
    yield { name };
  }
}
