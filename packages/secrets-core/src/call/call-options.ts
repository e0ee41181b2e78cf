import type { SecretVersion } from "../secret/secret.ts";

/** The options of every call. */
export interface CallOptions {
  /** Aborts the call: before a change was sent with ABORTED, afterwards with its actual outcome or OUTCOME_UNKNOWN. */
  readonly signal?: AbortSignal | undefined;
}

/** The options of `update` and `delete`. */
export interface ConditionalOptions extends CallOptions {
  /** The expected version, from a `Secret` or `SecretInfo`. Absent: any version. */
  readonly ifVersion?: SecretVersion | undefined;
}

/** The options of `list`. */
export interface ListOptions extends CallOptions {
  /** Lists only names that begin with this string. @default "" */
  readonly prefix?: string | undefined;
  /** Lists only names after this one, in the order of the list. Pass the last name to continue. Absent: from the first. */
  readonly after?: string | undefined;
  /** The maximum number of entries. Absent: all. */
  readonly limit?: number | undefined;
  /**
   * Lists names without details that cost the store a further request for each secret. For Vault, these are the version and the
   * times, and whether another program has soft-deleted the secret. @default false
   */
  readonly onlyNames?: boolean | undefined;
}

/** The options of `list` for a single level. */
export interface ListFoldersOptions extends ListOptions {
  /** Lists one level below the prefix: secrets without a `/` after the prefix, and each folder once. */
  readonly folders: true;
}
