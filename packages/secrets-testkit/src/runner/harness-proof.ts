import type { CaseResult } from "../report/conformance-report.ts";
import type { ReportRecorder } from "../report/report-recorder.ts";
import type { ConformanceCase, Suite } from "./conformance-case.ts";
import { type EndedCase, runCase } from "./run-case.ts";

/** The group and the name of the failure of a harness. */
const GROUP = "harness";
const NAME = "gives each case a store of its own";

/**
 * Verifies the harness once, before the first case. An invalid harness is one failure, and every case is a gap: it did not
 * run, so its result is unknown.
 */
export class HarnessProof<Subject> {
  static readonly testName = `the harness ${NAME}`;
  readonly #suite: Suite<Subject>;
  readonly #recorder: ReportRecorder;
  #proof: Promise<EndedCase> | undefined;
  #isReported = false;

  constructor(suite: Suite<Subject>, recorder: ReportRecorder) {
    this.#suite = suite;
    this.#recorder = recorder;
  }

  /** Returns the failure once, and adds it to the report. Undefined: there is none, or it was returned before. */
  async firstFailure(): Promise<unknown> {
    const { result, error } = await this.#prove();
    if (error === undefined || this.#isReported) return undefined;
    this.#isReported = true;
    this.#recorder.addFailedHarness(result);
    return error;
  }

  /** Runs a case, if the harness is valid. */
  async run(group: string, conformanceCase: ConformanceCase<Subject>): Promise<EndedCase> {
    const { result } = await this.#prove();
    if (result.status === "passed") return runCase(this.#suite, group, conformanceCase);
    const { name, contract } = conformanceCase;
    const reason = `the harness fails: ${firstLines(result)}`;
    return { result: { group, name, contract, status: "gap", reason } };
  }

  #prove(): Promise<EndedCase> {
    this.#proof ??= runCase({ withSubject: (run) => run(undefined as never) }, GROUP, {
      name: NAME,
      contract: "BackendHarness.open: a store that is empty and that nothing else uses, at each call",
      run: async () => this.#suite.proveHarness?.(),
    });
    return this.#proof;
  }
}

/** Removes the place in the contract, which belongs to another case. */
function firstLines({ reason }: CaseResult): string {
  return String(reason).split("\n  contract:")[0]?.replaceAll("\n ", ",") ?? "";
}
