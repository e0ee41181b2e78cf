/**
 * The result of a case. `passed`: the plugin meets the contract. `failed`: it does not. `unsupported`: the plugin does not
 * declare the capability. `cannot-happen`: the case is about a fault that cannot happen to the store. `gap`: the harness lacks a
 * required part, so the result is unknown.
 */
export type CaseStatus = "passed" | "failed" | "unsupported" | "cannot-happen" | "gap";

/** One case of a report. */
export interface CaseResult {
  /** The group of the case, such as `versions`. */
  readonly group: string;
  /** The case, unique within its group. */
  readonly name: string;
  /** Whether it passed, failed, or did not apply. */
  readonly status: CaseStatus;
  /** The failure, the undeclared capability, why the fault cannot happen, or the missing part. Absent: the case passed. */
  readonly reason?: string;
  /** The place in the contract that the case tests. */
  readonly contract: string;
}

/** The report of a suite, which `JSON.stringify` can serialize. */
export interface ConformanceReport {
  /** The version of this format. It changes only with a major version of the package. */
  readonly reportVersion: 1;
  /** The id of the suite. */
  readonly suite: "backend" | "entry-store" | "plugin" | "vault-auth";
  /** The `name` of the options. */
  readonly subject: string;
  /** Whether every case of the selected groups has run. */
  readonly complete: boolean;
  /** The number of cases by result. */
  readonly summary: Readonly<Record<CaseStatus, number>>;
  /**
   * The cases that ran, in the order of the suite. If the harness is invalid, the first is a failure of the group `harness`, and
   * every other case is a gap.
   */
  readonly cases: readonly CaseResult[];
}
