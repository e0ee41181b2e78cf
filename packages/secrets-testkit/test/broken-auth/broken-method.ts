import type { MakeMethod } from "../support/app-role-harness.ts";

/** An authentication method that breaks one rule of the contract, and what the suite must find. */
export interface BrokenMethod {
  readonly make: MakeMethod;
  /** Every case that fails, as `group: name`; no other one may. */
  readonly fails: readonly string[];
}
