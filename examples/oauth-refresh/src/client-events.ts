/** How a client process calls the resource. */
export interface ClientOptions {
  readonly issuer: string;
  /** `refresh`: as this library provides. `set`: with `get` and `set`, as applications do without it. */
  readonly way: "refresh" | "set";
  /** How many callers use the tokens at the same time. */
  readonly callers: number;
  /** How long a caller waits between two calls on average, in milliseconds. */
  readonly pause: number;
  /** How long before its expiry an access token is replaced, in milliseconds. */
  readonly margin: number;
  /** The option `lease` of `refresh`. */
  readonly lease: number;
  /** Whether the exchange is aborted when another process has taken over. */
  readonly isAbortable: boolean;
}

/** What a call failed with. */
export interface FailedCall {
  readonly event: "failed";
  readonly code: string;
  readonly reason?: string | undefined;
  /** The fingerprint of the access token that the error handed over. */
  readonly unstored?: string | undefined;
}

/** What a client process reports. */
export type ClientEvent =
  | { readonly event: "ready" }
  /** Its function `refresh` has started. `at`: milliseconds since 1970. */
  | { readonly event: "attempt"; readonly at: number }
  /** The tokens that its function `refresh` returned are stored. */
  | { readonly event: "stored" }
  | FailedCall
  | { readonly event: "ended"; readonly calls: number; readonly late: number };
