import type { CaseResult } from "../report/conformance-report.ts";
import type { ReportRecorder } from "../report/report-recorder.ts";
import type { ConformanceCase, Suite } from "./conformance-case.ts";
import { type EndedCase, runCase } from "./run-case.ts";

/** The group and the name under which a harness that gives no store is reported. */
const GROUP = "harness";
const NAME = "gives each case a store of its own";

/**
 * Finds out once, before the first case, whether the harness gives what cases run on. When it does not, that is one
 * failure, and every case is a gap: it has not run, and nobody knows.
 */
export class HarnessProof<Subject> {
  static readonly testName = `the harness ${NAME}`;
  readonly #suite: Suite<Subject>;
  readonly #recorder: ReportRecorder;
  #proof: Promise<EndedCase> | undefined;
  #isTold = false;

  constructor(suite: Suite<Subject>, recorder: ReportRecorder) {
    this.#suite = suite;
    this.#recorder = recorder;
  }

  /** The failure, for the first that asks; it is in the report from then on. Undefined: none, or it was told before. */
  async firstFailure(): Promise<unknown> {
    const { result, error } = await this.#prove();
    if (error === undefined || this.#isTold) return undefined;
    this.#isTold = true;
    this.#recorder.addFailedHarness(result);
    return error;
  }

  /** Runs a case, unless there is nothing that it could run on. */
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

/** Without the place in the contract, which is not that of the case. */
function firstLines({ reason }: CaseResult): string {
  return String(reason).split("\n  contract:")[0]?.replaceAll("\n ", ",") ?? "";
}
