import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type {
  CasesLeftOut,
  ConformanceSummary,
  GroupCount,
} from "@archestra/test-harness/conformance-summary";
import { root } from "../checks/workspace.ts";

const folder = join(root, "docs/conformance");

/** The tables of what the conformance suite found: about every backend, or about those of one manager with what is open. */
export function conformanceTable(manager: string): string {
  const all = summaries();
  if (manager === "") return [backendTable(all, true), groupTable(all)].join("\n\n");
  const own = all.filter((summary) => summary.manager === manager);
  if (own.length === 0) throw new Error(`docs/conformance has no summary about the manager ${manager}`);
  return [backendTable(own, false), ...leftOutTable(own)].join("\n\n");
}

function summaries(): ConformanceSummary[] {
  return readdirSync(folder)
    .sort()
    .map((file) => JSON.parse(readFileSync(join(folder, file), "utf8")) as ConformanceSummary);
}

function backendTable(backends: readonly ConformanceSummary[], withPlugin: boolean): string {
  const plugin = withPlugin ? ["Plugin"] : [];
  const columns = [
    "`versions`",
    "`conditionalWrites`",
    "`list`",
    "passed",
    "unsupported",
    "cannot happen",
    "gaps",
  ];
  const rows = backends.map(({ manager, subject, capabilities, groups }) => {
    const { versions, conditionalWrites, list } = capabilities;
    const counts = Object.values(groups);
    return [
      subject,
      ...(withPlugin ? [pluginLink(manager)] : []),
      ...[versions, conditionalWrites, list].map((declared) => (declared ? "yes" : "no")),
      ...(["passed", "unsupported", "cannotHappen", "gap"] as const).map((status) =>
        String(sumOf(counts, status)),
      ),
    ];
  });
  return table(["Backend", ...plugin, ...columns], rows);
}

function groupTable(backends: readonly ConformanceSummary[]): string {
  const names = [...new Set(backends.flatMap(({ groups }) => Object.keys(groups)))];
  const rows = backends.map(({ subject, groups }) => [
    subject,
    ...names.map((name) => (groups[name] === undefined ? "" : groupCell(groups[name]))),
  ]);
  return table(["Backend", ...names.map((name) => `\`${name}\``)], rows);
}

function groupCell({ passed, unsupported, cannotHappen, gap }: GroupCount): string {
  const others = [
    ...(unsupported === 0 ? [] : [`${unsupported} unsupported`]),
    ...(cannotHappen === 0 ? [] : [`${cannotHappen} cannot happen`]),
    ...(gap === 0 ? [] : [`${gap} ${gap === 1 ? "gap" : "gaps"}`]),
  ];
  return [String(passed), ...others].join(", ");
}

function leftOutTable(backends: readonly ConformanceSummary[]): string[] {
  const rows = [
    ...leftOutRows("unsupported", (summary) => summary.unsupported, backends),
    ...leftOutRows("cannot happen", (summary) => summary.cannotHappen, backends),
    ...leftOutRows("gap", (summary) => summary.gaps, backends),
  ];
  const subjects = backends.map(({ subject }) => subject);
  return rows.length === 0 ? [] : [table(["Not passed", "Why", ...subjects], rows)];
}

/** A row for each reason, with the number of cases of each backend. */
function leftOutRows(
  status: string,
  leftOut: (summary: ConformanceSummary) => readonly CasesLeftOut[],
  backends: readonly ConformanceSummary[],
): string[][] {
  const reasons = new Set(backends.flatMap(leftOut).map(({ reason }) => reason));
  return [...reasons].map((reason) => [
    status,
    reason,
    ...backends.map((summary) =>
      String(leftOut(summary).find((left) => left.reason === reason)?.cases.length ?? 0),
    ),
  ]);
}

function pluginLink(manager: string): string {
  const page = `${manager.toLowerCase()}.md`;
  return existsSync(join(root, "docs/plugins", page)) ? `[\`${manager}\`](${page})` : `\`${manager}\``;
}

function sumOf(counts: readonly GroupCount[], status: keyof GroupCount): number {
  return counts.reduce((sum, count) => sum + count[status], 0);
}

function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  return [heading, heading.map(() => "---"), ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`)
    .join("\n");
}
