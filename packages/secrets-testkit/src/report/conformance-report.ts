/**
 * How a case ended. `passed`: the plugin does what the contract says. `failed`: it does not. `unsupported`: the plugin
 * does not declare what the case is about. `gap`: the harness lacks what the case needs, so nobody knows.
 */
export type CaseStatus = "passed" | "failed" | "unsupported" | "gap";

/** One case of a report. */
export interface CaseResult {
  /** The group of the case, such as `versions`. */
  readonly group: string;
  /** The case, unique within its group. */
  readonly name: string;
  readonly status: CaseStatus;
  /** What is wrong, not declared or missing. Absent: it passed. */
  readonly reason?: string;
  /** Where the contract says what the case demands. */
  readonly contract: string;
}

/** What a suite found, fit for `JSON.stringify`. */
export interface ConformanceReport {
  /** The shape of this object. It changes with a major version of the package only. */
  readonly reportVersion: 1;
  /** Which suite ran. */
  readonly suite: "backend" | "entry-store" | "plugin" | "vault-auth";
  /** What was tested: the `name` of the options. */
  readonly subject: string;
  /** Whether every case of the chosen groups has run. */
  readonly complete: boolean;
  /** How many cases ended how. */
  readonly summary: Readonly<Record<CaseStatus, number>>;
  /**
   * The cases that ran, in the order of the suite. When the harness gave no store to run them on, that comes first, as a
   * failure of the group `harness`, and every case is a gap.
   */
  readonly cases: readonly CaseResult[];
}
