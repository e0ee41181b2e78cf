import {
  type CallContext,
  type Expectation,
  type Health,
  type HealthProblem,
  isSecretName,
  isSecretsError,
  type ListRange,
  type ReadResult,
  type SecretsBackend,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
} from "@archestra/secrets-core/plugin";
import { DeniedFolders, type DeniedFoldersOfList, isRefusalByPolicy } from "./denied-folders.ts";
import { namesInOrder } from "./names-in-order.ts";
import type { VaultCalls } from "./vault-calls.ts";
import type { VaultStore } from "./vault-store.ts";

/** So many secrets are read at the same time by one `getMany`. */
const READS_AT_A_TIME = 32;
/** Breaks the grammar of names, so that no secret has it, and is nothing special to Vault. */
const NAME_OF_NO_SECRET = " archestra-check";
const BEYOND_ASCII = /[^ -~]/;

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
  readonly #deniedFolders = new DeniedFolders();

  constructor(parts: VaultBackendParts) {
    this.#parts = parts;
    this.capabilities = parts.store.capabilities;
    this.location = parts.location;
  }

  path(name: string): string {
    return `${this.#parts.prefix}/${name}`;
  }

  get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    return this.#parts.store.get(name, context);
  }

  has(name: string, context: CallContext): Promise<boolean> {
    return this.#parts.store.has(name, context);
  }

  async getMany(names: readonly string[], context: CallContext): Promise<ReadonlyMap<string, ReadResult>> {
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
    context: CallContext,
  ): Promise<StoredInfo> {
    return this.#parts.store.write(name, value, options, context);
  }

  delete(
    name: string,
    options: { readonly expect: Extract<Expectation, "any" | object> },
    context: CallContext,
  ): Promise<boolean> {
    return this.#parts.store.delete(name, options, context);
  }

  list(range: ListRange, context: CallContext): AsyncIterable<StoredInfo> {
    // With those that no secret has: the manager leaves them out, and counts them.
    const names = this.#names(range, context, this.#deniedFolders.begin(context.logger));
    return range.onlyNames
      ? withoutMore(names, range.limit)
      : this.#parts.store.describe(names, range, context);
  }

  /** A read under the prefix tells all that matters: whether Vault is there, unsealed, knows the token and permits it. */
  async check({ count }: { readonly count: boolean }, context: CallContext): Promise<Health> {
    const refused = await this.#assertAnswers(context);
    const found = [...this.#parts.problems(), ...(refused === undefined ? [] : [refused])];
    if (!count) return health(found);
    const { problem, ...counted } = await this.#countOrProblem(context);
    return { ...health(problem === undefined ? found : [...found, problem]), ...counted };
  }

  close(): Promise<void> {
    return this.#parts.close();
  }

  async #readResult(name: string, context: CallContext): Promise<ReadResult> {
    try {
      const secret = await this.#parts.store.get(name, context);
      return secret === undefined ? { status: "absent" } : { status: "found", secret };
    } catch (error) {
      if (context.signal.aborted) throw context.signal.reason;
      return { status: "failed", error };
    }
  }

  /**
   * Reads under the prefix.
   *
   * @returns the problem when the policies of the token do not allow that, which proves all else: a token that may read
   * one secret alone is served
   */
  async #assertAnswers({ signal, deadline }: CallContext): Promise<HealthProblem | undefined> {
    const { calls } = this.#parts;
    // Who asks for the health asks again soon, and does not wait long.
    const limits = { signal, deadline, isBrief: true };
    const paths = await calls.paths(limits);
    const request = {
      method: "GET" as const,
      path: paths.value(NAME_OF_NO_SECRET),
      subject: "a read that checks the connection",
    };
    try {
      const answer = await calls.read(request, limits);
      // Found, it is of another application. An answer with neither did not come from Vault.
      const isFromVault =
        answer.status === 404 || (answer.data !== undefined && answer.requestId !== undefined);
      if (!isFromVault) throw calls.unexpected(request, answer);
      return undefined;
    } catch (error) {
      if (!isRefusalByPolicy(error)) throw error;
      const message =
        "Vault answers, and the policies of the token do not allow to read every name under the prefix. Secrets that they allow are served.";
      return { code: "PERMISSION_DENIED", reason: "PREFIX_NOT_READABLE", message };
    }
  }

  async #countOrProblem(
    context: CallContext,
  ): Promise<{ count?: number; unlistedCount?: number; problem?: HealthProblem }> {
    const denied = this.#deniedFolders.begin(context.logger);
    try {
      const counted = await this.#count(context, denied);
      return denied.problem === undefined ? counted : { ...counted, problem: denied.problem };
    } catch (error) {
      if (!isRefusalByPolicy(error)) throw error;
      const message = `The secrets cannot be counted. ${error.message}`;
      return { problem: { code: "PERMISSION_DENIED", reason: "FOLDERS_NOT_LISTED", message } };
    }
  }

  async *#names(range: ListRange, context: CallContext, denied: DeniedFoldersOfList): AsyncGenerator<string> {
    const paths = await this.#parts.calls.paths(context);
    const first = range.prefix.slice(0, range.prefix.lastIndexOf("/") + 1);
    const listFolder = (folder: string) => {
      const listed = this.#listFolder(paths.folder(folder), folder, context);
      // A list that may not begin fails, and one that may not look into a folder on its way leaves it out.
      return folder === first ? listed : listed.catch((error: unknown) => denied.leaveOut(folder, error));
    };
    yield* namesInOrder(listFolder, range);
  }

  async #listFolder(path: string, folder: string, context: CallContext): Promise<readonly string[]> {
    // A walk over many folders asks for the next one as long as it is answered, whether anybody waits for it or not.
    context.signal.throwIfAborted();
    const { calls } = this.#parts;
    const request = { method: "GET" as const, path, subject: `listing ${JSON.stringify(folder)}` };
    try {
      const answer = await calls.read(request, context);
      if (answer.status === 404) return [];
      const keys = (answer.data as { readonly keys?: unknown } | undefined)?.keys;
      const isFromVault = answer.status === 200 && answer.requestId !== undefined;
      if (isFromVault && Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
      throw calls.unexpected(request, answer);
    } catch (error) {
      // No name can begin with what Vault cannot read. It reads all of ASCII, so that there the refusal is another's.
      const isUnprintable = isSecretsError(error) && error.reason === "UNPRINTABLE_NAME";
      if (isUnprintable && BEYOND_ASCII.test(folder)) return [];
      throw error;
    }
  }

  async #count(
    context: CallContext,
    denied: DeniedFoldersOfList,
  ): Promise<{ count: number; unlistedCount: number }> {
    let unlistedCount = 0;
    const range = { prefix: "" };
    const names = this.#names(range, context, denied);
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

function health(problems: readonly HealthProblem[]): Health {
  return { status: problems.length === 0 ? "healthy" : "degraded", problems };
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
