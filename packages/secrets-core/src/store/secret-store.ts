import type { Capabilities, Health, ListRange } from "../backend/backend.ts";
import type { RunningCall } from "../call/running-call.ts";
import { wrapError } from "../call/wrap-error.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { Secret, SecretInfo, SecretRevision, SecretValue, SecretVersion } from "../secret/secret.ts";
import { compareNames } from "../secret/secret-name.ts";
import type { BackendHandle } from "./backend-handle.ts";
import type { RefreshRequest, RefreshResult } from "./refresh.ts";

/** The result of `getMany` for one name. */
export type GetManyResult =
  | { readonly status: "found"; readonly secret: Secret }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: SecretsError };

/** The result of `getMany` for a name that an owner failed to read. */
export function failedRead(name: string, error: unknown, { id, backend }: BackendHandle): GetManyResult {
  const call = { operation: "getMany", manager: id, secretName: name };
  return { status: "failed", error: wrapError(error, call, backend) };
}

/**
 * Executes the manager's calls after their arguments were validated: on one backend, or routed by the ownership table.
 */
export interface SecretStore {
  readonly capabilities: Capabilities;
  /** The number of secrets of each manager, as last counted. Absent: there is no ownership table. */
  readonly countByManager?: Readonly<Record<string, number>> | undefined;
  get(name: string, call: RunningCall): Promise<Secret | undefined>;
  /** Sets one result for each name. */
  getMany(names: readonly string[], results: Map<string, GetManyResult>, call: RunningCall): Promise<void>;
  has(name: string, call: RunningCall): Promise<boolean>;
  /** Absent: the store runs in a transaction of the application. */
  history?(name: string, call: RunningCall): Promise<readonly SecretRevision[]>;
  create(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo>;
  set(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo>;
  update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo>;
  /** Reads, changes and writes the value, and retries on a conflict. */
  updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo>;
  /** Returns the secret, with a new value where the present one is not fresh. */
  refresh(name: string, request: RefreshRequest, call: RunningCall): Promise<RefreshResult>;
  delete(name: string, ifVersion: SecretVersion | undefined, call: RunningCall): Promise<boolean>;
  /** Includes names that violate the grammar. The caller filters them. */
  list(range: ListRange, call: RunningCall): AsyncIterator<SecretInfo>;
  check(options: { readonly count: boolean }, call: RunningCall): Promise<Health>;
  /**
   * Returns a store whose calls run in a transaction of the application. It does not support `check`.
   *
   * @throws SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, when the manager does not support transactions
   */
  inTransaction(transaction: object): SecretStore;
}

/**
 * Returns the next entry of a backend's list.
 *
 * @throws SecretsError INTERNAL, reason PLUGIN_BROKEN, for an entry that is not after `after`, since the list might never end
 */
export async function nextEntry(
  entries: AsyncIterator<SecretInfo>,
  after: string | undefined,
): Promise<IteratorResult<SecretInfo>> {
  const result = await entries.next();
  if (!result.done && after !== undefined && compareNames(result.value.name, after) <= 0) {
    throw new SecretsError("INTERNAL", "The backend's `list` returned a name that is not after `after`.", {
      reason: "PLUGIN_BROKEN",
    });
  }
  return result;
}
