import type { ReportRecorder } from "../report/report-recorder.ts";
import type { ConformanceCase, Suite } from "./conformance-case.ts";
import { type EndedCase, runCase } from "./run-case.ts";

/** The group of the failure of a harness. */
const GROUP = "harness";

/**
 * Verifies the harness once, before the first case. An invalid harness is one failure, and every case is a gap: it did not
 * run, so its result is unknown.
 */
export class HarnessProof<Subject> {
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
    return { result: { group, name, contract, status: "gap", reason: "the harness fails" } };
  }

  #prove(): Promise<EndedCase> {
    const { harnessProof, pluginErrors } = this.#suite;
    const {
      name,
      contract,
      prove = async () => {},
    } = harnessProof ?? { name: "needs no verification", contract: "" };
    const withSubject = () => prove();
    this.#proof ??= runCase({ withSubject, pluginErrors }, GROUP, { name, contract, run: prove });
    return this.#proof;
  }
}
