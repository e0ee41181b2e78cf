import { writeFileSync } from "node:fs";
import type { CaseResult, CaseStatus, ConformanceReport } from "./conformance-report.ts";

/** What distinguishes a case from the others of its suite. */
export type CaseIdentity = Pick<CaseResult, "group" | "name">;

/** Collects the results of the cases of one run. */
export class ReportRecorder {
  readonly #suite: Pick<ConformanceReport, "suite" | "subject">;
  /** The place of each case in the report. */
  readonly #places: ReadonlyMap<string, number>;
  readonly #file: string | undefined;
  readonly #cases: CaseResult[] = [];
  #failedHarness: CaseResult | undefined;

  /**
   * @param planned the cases to run, in the order of the report
   * @param file where the report is written as JSON. Undefined: nowhere
   */
  constructor(
    { id, subject }: { readonly id: ConformanceReport["suite"]; readonly subject: string },
    planned: readonly CaseIdentity[],
    file: string | undefined,
  ) {
    this.#suite = { suite: id, subject };
    this.#places = new Map(planned.map((identity, place) => [keyOf(identity), place]));
    this.#file = file;
  }

  /** The file is written after each case, as a runner may run only some of them and does not report its end. */
  add(result: CaseResult): void {
    this.#cases.push(result);
    // A case that waits ends after others that come later in the report.
    this.#cases.sort((one, other) => this.#placeOf(one) - this.#placeOf(other));
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
      complete: this.#cases.length === this.#places.size,
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

  #placeOf(result: CaseResult): number {
    return this.#places.get(keyOf(result)) ?? this.#places.size;
  }
}

function keyOf({ group, name }: CaseIdentity): string {
  return `${group}: ${name}`;
}
