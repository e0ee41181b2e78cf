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
}
