type CaseStatus = "passed" | "failed" | "unsupported" | "cannot-happen" | "gap";

/** What is read of the testkit's `ConformanceReport`. */
export interface SummarizedReport {
  readonly reportVersion: number;
  readonly subject: string;
  readonly complete: boolean;
  readonly summary: Readonly<Record<CaseStatus, number>>;
  readonly cases: readonly {
    readonly group: string;
    readonly name: string;
    readonly status: CaseStatus;
    readonly reason?: string;
  }[];
}

/** What is read of a manager's `describe()`. */
export interface SummarizedDescription {
  readonly manager: string;
  readonly capabilities: Readonly<{ versions: boolean; conditionalWrites: boolean; list: boolean }>;
}

/** How many cases of a group ended how. */
export interface GroupCount {
  readonly passed: number;
  readonly unsupported: number;
  readonly cannotHappen: number;
  readonly gap: number;
}

/** The cases that did not run for one reason. */
export interface CasesLeftOut {
  readonly reason: string;
  readonly cases: readonly string[];
}

/** What the conformance suite found about a backend, in a form that is the same after every run: `docs/conformance/*.json`. */
export interface ConformanceSummary {
  readonly reportVersion: number;
  /** The id of the manager. */
  readonly manager: string;
  readonly subject: string;
  readonly capabilities: SummarizedDescription["capabilities"];
  readonly groups: Readonly<Record<string, GroupCount>>;
  readonly unsupported: readonly CasesLeftOut[];
  /** The cases about faults that cannot happen to the store. */
  readonly cannotHappen: readonly CasesLeftOut[];
  readonly gaps: readonly CasesLeftOut[];
}

/** Sums up a report in which every case ran and none failed. */
export function summarizeConformance(
  report: SummarizedReport,
  { manager, capabilities: { versions, conditionalWrites, list } }: SummarizedDescription,
): ConformanceSummary {
  if (!report.complete || report.summary.failed > 0) {
    throw new Error(`The conformance of ${report.subject} is not known: cases failed or did not run.`);
  }
  const groups = Map.groupBy(report.cases, ({ group }) => group);
  return {
    reportVersion: report.reportVersion,
    manager,
    subject: report.subject,
    capabilities: { versions, conditionalWrites, list },
    groups: Object.fromEntries([...groups].map(([group, cases]) => [group, countCases(cases)])),
    unsupported: casesLeftOut(report, "unsupported"),
    cannotHappen: casesLeftOut(report, "cannot-happen"),
    gaps: casesLeftOut(report, "gap"),
  };
}

function countCases(cases: SummarizedReport["cases"]): GroupCount {
  const count = (wanted: CaseStatus) => cases.filter(({ status }) => status === wanted).length;
  return {
    passed: count("passed"),
    unsupported: count("unsupported"),
    cannotHappen: count("cannot-happen"),
    gap: count("gap"),
  };
}

function casesLeftOut({ cases }: SummarizedReport, wanted: CaseStatus): CasesLeftOut[] {
  const byReason = Map.groupBy(
    cases.filter(({ status }) => status === wanted),
    ({ reason }) => String(reason),
  );
  return [...byReason].map(([reason, left]) => ({
    reason,
    cases: left.map(({ group, name }) => `${group}: ${name}`),
  }));
}
