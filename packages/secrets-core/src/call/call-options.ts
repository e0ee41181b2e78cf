import type { SecretVersion } from "../secret/secret.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call: before a change was sent with ABORTED, afterwards with its true outcome or OUTCOME_UNKNOWN. */
  readonly signal?: AbortSignal | undefined;
}

/** What `update` and `delete` take. */
export interface ConditionalOptions extends CallOptions {
  /** Only when the secret still has this version, as a `Secret` or `SecretInfo` told it. Absent: whichever it has. */
  readonly ifVersion?: SecretVersion | undefined;
}

/** What `list` takes. */
export interface ListOptions extends CallOptions {
  /** Only names that begin with this string. @default "" */
  readonly prefix?: string | undefined;
  /** Only names behind this one, in the order of the list: pass the last name seen to go on. Absent: from the first. */
  readonly after?: string | undefined;
  /** At most so many. Absent: all. */
  readonly limit?: number | undefined;
  /**
   * Only names matter: what costs the store another request for each secret may be left out. Where Vault is listed, that
   * is the version and the times, and whether another program has deleted the secret softly. @default false
   */
  readonly onlyNames?: boolean | undefined;
}

/** What `list` takes to give one level alone. */
export interface ListFoldersOptions extends ListOptions {
  /** Gives what is directly behind the prefix: the secrets whose names have no `/` behind it, and each folder once. */
  readonly folders: true;
}
