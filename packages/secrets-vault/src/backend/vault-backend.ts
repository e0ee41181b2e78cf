import {
  type CallContext,
  type Health,
  type HealthProblem,
  isSecretName,
  isSecretsError,
  type ListRange,
  type ReadResult,
  type SecretsBackend,
  type StoredInfo,
  type StoredSecret,
} from "@archestra/secrets-core/plugin";
import type { ClientRequest } from "../client/vault-client.ts";
import { DeniedFolders, isRefusalByPolicy } from "./denied-folders.ts";
import { namesInOrder } from "./names-in-order.ts";
import type { VaultRequests } from "./vault-requests.ts";

/** How many secrets one `getMany` reads at the same time. */
const READS_AT_A_TIME = 32;
/** Breaks the grammar of names, so that no secret has this name. Vault accepts it. */
const NAME_OF_NO_SECRET = " archestra-check";
const BEYOND_ASCII = /[^ -~]/;

/** The parts of the backend, and how they are closed. */
export interface VaultBackendParts {
  readonly requests: VaultRequests;
  readonly location: string;
  /** Where the values are stored, unencoded, with the namespace. */
  readonly prefix: string;
  /** What the start found that an operator should know. */
  readonly problems: () => readonly HealthProblem[];
  readonly close: () => Promise<void>;
}

/** The secrets and the other names under the prefix, where they can be counted. */
interface Count extends Pick<Health, "count" | "unlistedCount"> {
  readonly problem?: HealthProblem | undefined;
}

/** Secrets in HashiCorp Vault: what the two versions of its KV engine have in common. */
export abstract class VaultBackend
  implements Omit<SecretsBackend, "capabilities" | "has" | "write" | "delete">
{
  readonly location: string;
  readonly close: () => Promise<void>;
  protected readonly requests: VaultRequests;
  readonly #prefix: string;
  readonly #problems: () => readonly HealthProblem[];
  /** The folders of which a list has warned that it left them out. */
  readonly #warnedOf = new Set<string>();

  constructor({ requests, location, prefix, problems, close }: VaultBackendParts) {
    this.requests = requests;
    this.location = location;
    this.close = close;
    this.#prefix = prefix;
    this.#problems = problems;
  }

  abstract get(name: string, context: CallContext): Promise<StoredSecret | undefined>;

  path(name: string): string {
    return `${this.#prefix}/${name}`;
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

  list(range: ListRange, context: CallContext): AsyncIterable<StoredInfo> {
    // With names that no secret can have: the manager leaves them out, and counts them.
    const names = this.#names(range, context, new DeniedFolders(context.logger, this.#warnedOf));
    return range.onlyNames ? onlyNames(names, range, context) : this.describe(names, range, context);
  }

  /** A read under the prefix proves everything: that Vault answers, is unsealed, knows the token and permits it. */
  async check({ count }: { readonly count: boolean }, context: CallContext): Promise<Health> {
    const refusal = await this.#assertAnswers(context);
    const { problem, ...counted }: Count = count ? await this.#count(context) : {};
    const problems = [...this.#problems(), refusal, problem].filter((found) => found !== undefined);
    return { status: problems.length === 0 ? "healthy" : "degraded", problems, ...counted };
  }

  /** The entries of `list` for these names, of those that are secrets, in the same order. @default names alone */
  protected describe(
    names: AsyncIterable<string>,
    range: ListRange,
    context: CallContext,
  ): AsyncIterable<StoredInfo> {
    return onlyNames(names, range, context);
  }

  async #readResult(name: string, context: CallContext): Promise<ReadResult> {
    try {
      const secret = await this.get(name, context);
      return secret === undefined ? { status: "absent" } : { status: "found", secret };
    } catch (error) {
      context.signal.throwIfAborted();
      return { status: "failed", error };
    }
  }

  /**
   * Reads under the prefix.
   *
   * @returns the problem when the policies of the token do not allow that, which proves all else: a token that can read only
   * one secret is served
   */
  async #assertAnswers({ signal, deadline, reserve }: CallContext): Promise<HealthProblem | undefined> {
    // Monitoring calls it again soon, so it does not wait long.
    const limits = { signal, deadline, reserve, failsFast: true };
    const paths = await this.requests.paths(limits);
    const request: ClientRequest = {
      method: "GET",
      path: paths.value(NAME_OF_NO_SECRET),
      subject: "a read that checks the connection",
    };
    try {
      const answer = await this.requests.read(request, limits);
      // A secret that is found belongs to another application. An answer with neither did not come from Vault.
      const isFromVault =
        answer.status === 404 || (answer.data !== undefined && answer.requestId !== undefined);
      if (!isFromVault) throw this.requests.unexpected(request, answer);
      return undefined;
    } catch (error) {
      if (!isRefusalByPolicy(error)) throw error;
      const message =
        "Vault answers, but the policies of the token do not allow reading every name under the prefix. Secrets that they allow are served.";
      return { code: "PERMISSION_DENIED", reason: "PREFIX_NOT_READABLE", message };
    }
  }

  async #count(context: CallContext): Promise<Count> {
    const denied = new DeniedFolders(context.logger, this.#warnedOf);
    let unlistedCount = 0;
    const range = { prefix: "" };
    const names = this.#names(range, context, denied);
    async function* secretsAmong() {
      for await (const name of names) {
        if (isSecretName(name)) yield name;
        else unlistedCount++;
      }
    }
    try {
      let count = 0;
      for await (const _info of this.describe(secretsAmong(), range, context)) count++;
      return { count, unlistedCount, problem: denied.problem };
    } catch (error) {
      if (!isRefusalByPolicy(error)) throw error;
      const message = `The secrets cannot be counted. ${error.message}`;
      return { problem: { code: "PERMISSION_DENIED", reason: "FOLDERS_NOT_LISTED", message } };
    }
  }

  async *#names(range: ListRange, context: CallContext, denied: DeniedFolders): AsyncGenerator<string> {
    const paths = await this.requests.paths(context);
    const first = range.prefix.slice(0, range.prefix.lastIndexOf("/") + 1);
    const listFolder = (folder: string) => {
      const listed = this.#listFolder(paths.folder(folder), folder, context);
      // The first folder must be permitted. Other folders that are not permitted are left out.
      return folder === first ? listed : listed.catch((error: unknown) => denied.leaveOut(folder, error));
    };
    yield* namesInOrder(listFolder, range);
  }

  async #listFolder(path: string, folder: string, context: CallContext): Promise<readonly string[]> {
    // Requests ahead of the consumer would continue after it has gone.
    context.signal.throwIfAborted();
    const request: ClientRequest = { method: "GET", path, subject: `listing ${JSON.stringify(folder)}` };
    try {
      const answer = await this.requests.read(request, context);
      if (answer.status === 404) return [];
      const keys = (answer.data as { readonly keys?: unknown } | undefined)?.keys;
      const isFromVault = answer.status === 200 && answer.requestId !== undefined;
      if (isFromVault && Array.isArray(keys) && keys.every((key) => typeof key === "string")) return keys;
      throw this.requests.unexpected(request, answer);
    } catch (error) {
      // No name begins with a character that Vault does not know. It knows all of ASCII, where the refusal is another's.
      const isUnprintable = isSecretsError(error) && error.reason === "UNPRINTABLE_NAME";
      if (isUnprintable && BEYOND_ASCII.test(folder)) return [];
      throw error;
    }
  }
}

async function* onlyNames(
  names: AsyncIterable<string>,
  { limit = Number.POSITIVE_INFINITY }: ListRange,
  { signal }: CallContext,
): AsyncGenerator<StoredInfo> {
  let left = limit;
  for await (const name of names) {
    signal.throwIfAborted();
    if (left-- <= 0) return;
    yield { name };
  }
}
