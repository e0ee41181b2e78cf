import type { Opening, WrapBackend } from "../support/remote-harness.ts";

/** A backend that breaks one rule of the contract, and what the suite must find. */
export interface BrokenBackend {
  /** Breaks a backend that keeps the contract. */
  readonly wrap: WrapBackend;
  /** What its plugin does with the store at a start. @default nothing */
  readonly opening?: Opening;
  /** Whether it encrypts what it stores. @default false */
  readonly isEncrypted?: boolean;
  /** Every case that fails, as `group: name`; no other one may. */
  readonly fails: readonly string[];
}
