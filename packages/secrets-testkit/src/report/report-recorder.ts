import { writeFileSync } from "node:fs";
import type { CaseResult, CaseStatus, ConformanceReport } from "./conformance-report.ts";

/** Collects the results of the cases of one run. */
export class ReportRecorder {
  readonly #suite: Pick<ConformanceReport, "suite" | "subject">;
  readonly #total: number;
  readonly #file: string | undefined;
  readonly #cases: CaseResult[] = [];
  #failedHarness: CaseResult | undefined;

  /**
   * @param total how many cases there are to run
   * @param file where the report is written as JSON. Undefined: nowhere
   */
  constructor(
    { id, subject }: { readonly id: ConformanceReport["suite"]; readonly subject: string },
    total: number,
    file: string | undefined,
  ) {
    this.#suite = { suite: id, subject };
    this.#total = total;
    this.#file = file;
  }

  /** The file is written after each case, as a runner may run only some of them and does not report its end. */
  add(result: CaseResult): void {
    this.#cases.push(result);
    this.#write();
  }

  /** It is no case, so it counts only when it failed. */
  addFailedHarness(result: CaseResult): void {
    this.#failedHarness = result;
    this.#write();
  }

  #write(): void {
    if (this.#file !== undefined) writeFileSync(this.#file, `${JSON.stringify(this.report(), null, 2)}\n`);
  }

  report(): ConformanceReport {
    const cases = this.#failedHarness === undefined ? this.#cases : [this.#failedHarness, ...this.#cases];
    const count = (status: CaseStatus) => cases.filter((result) => result.status === status).length;
    return {
      reportVersion: 1,
      ...this.#suite,
      complete: this.#cases.length === this.#total,
      summary: {
        passed: count("passed"),
        failed: count("failed"),
        unsupported: count("unsupported"),
        "cannot-happen": count("cannot-happen"),
        gap: count("gap"),
      },
      cases: [...cases],
    };
  }
}
