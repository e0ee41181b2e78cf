import type { ConformanceReport } from "@archestra/secrets-testkit";

/** What the harness of a report lacks, each reason once. */
export function gapsOf(report: ConformanceReport): string[] {
  return [
    ...new Set(report.cases.flatMap(({ status, reason }) => (status === "gap" ? [String(reason)] : []))),
  ];
}

/** The cases about what the plugin does not declare. */
export function unsupportedBy(report: ConformanceReport): string[] {
  return report.cases.flatMap(({ status, group, name }) =>
    status === "unsupported" ? [`${group}: ${name}`] : [],
  );
}
