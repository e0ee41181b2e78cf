import type { Capabilities, Health, ListRange } from "../backend/backend.ts";
import type { RunningCall } from "../call/running-call.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { Secret, SecretInfo, SecretValue, SecretVersion } from "../secret/secret.ts";
import { compareNames } from "../secret/secret-name.ts";

/** The answer of `getMany` for one name. */
export type GetManyResult =
  | { readonly status: "found"; readonly secret: Secret }
  | { readonly status: "absent" }
  | { readonly status: "failed"; readonly error: SecretsError };

/**
 * Where the manager's calls go once their arguments are checked: to one backend, or along the rows that say who owns what.
 * Every method runs inside an operation.
 */
export interface SecretStore {
  readonly capabilities: Capabilities;
  /** How many secrets each manager held when they were last counted; the start counts only those of managers that are not selected. Absent: there is no table of owners. */
  readonly countByManager?: Readonly<Record<string, number>> | undefined;
  get(name: string, call: RunningCall): Promise<Secret | undefined>;
  /** Puts one result for each name. */
  getMany(names: readonly string[], results: Map<string, GetManyResult>, call: RunningCall): Promise<void>;
  has(name: string, call: RunningCall): Promise<boolean>;
  create(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo>;
  set(name: string, value: SecretValue, call: RunningCall): Promise<SecretInfo>;
  update(
    name: string,
    value: SecretValue,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo>;
  /** Reads, changes and writes, again and again until nobody wrote in between. */
  updateBy(
    name: string,
    change: (current: SecretValue) => unknown,
    ifVersion: SecretVersion | undefined,
    call: RunningCall,
  ): Promise<SecretInfo>;
  delete(name: string, ifVersion: SecretVersion | undefined, call: RunningCall): Promise<boolean>;
  /** Entries whose names break the grammar are for the caller to pick out: how many are left decides whether to go on. */
  list(range: ListRange, call: RunningCall): AsyncIterator<SecretInfo>;
  check(options: { readonly count: boolean }, call: RunningCall): Promise<Health>;
  /**
   * The same calls in a transaction of the application, which `check` is not for.
   *
   * @throws SecretsError UNSUPPORTED, reason NOT_IN_TRANSACTION, where the manager of the secrets has no transactions
   */
  inTransaction(transaction: object): SecretStore;
}

/**
 * The next entry of a backend's list.
 *
 * @throws SecretsError INTERNAL for one that is not behind `after`: a list that went on from there would never end
 */
export async function nextEntry(
  entries: AsyncIterator<SecretInfo>,
  after: string | undefined,
): Promise<IteratorResult<SecretInfo>> {
  const result = await entries.next();
  if (!result.done && after !== undefined && compareNames(result.value.name, after) <= 0) {
    throw new SecretsError("INTERNAL", "The backend's list gave a name that is not behind `after`.");
  }
  return result;
}
