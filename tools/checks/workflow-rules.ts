import { parse } from "yaml";
import type { Problem } from "./problem.ts";

/** The parts of a workflow, or of an action of ours, that the rules look at. */
interface Workflow {
  readonly on?: unknown;
  readonly permissions?: Permissions;
  readonly jobs?: Readonly<Record<string, Job>>;
  readonly runs?: { readonly steps?: readonly Step[] };
}

type Permissions = Readonly<Record<string, string>> | string;

interface Job {
  readonly permissions?: Permissions;
  readonly environment?: string;
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

/** A step that pins an action of others, as text: the parser leaves comments out. */
const pinned = /^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/;
const pinnedLine = /uses: (\S+@[0-9a-f]{40}) # v\d+\.\d+\.\d+$/;

/** What a workflow, or an action of ours, does against the rules that protect the repository and its releases. */
export function workflowProblems(where: string, text: string): Problem[] {
  const workflow = parse(text) as Workflow;
  const jobs = Object.entries(workflow.jobs ?? {});
  const steps = [...jobs.flatMap(([, job]) => job.steps ?? []), ...(workflow.runs?.steps ?? [])];
  const findings: Finding[] = [
    ...steps.flatMap((step) => stepFindings(step, text)),
    ...jobs.flatMap(([name, job]) => jobFindings(name, job)),
  ];
  if (workflow.jobs !== undefined) findings.push(...grantFindings(workflow));
  return findings.map(([what, todo]) => ({ where, what, todo }));
}

type Finding = readonly [what: string, todo: string];

function stepFindings({ uses, run, with: inputs }: Step, text: string): Finding[] {
  const findings: Finding[] = [];
  if (uses !== undefined && !uses.startsWith("./")) {
    const lines = text.split("\n").filter((line) => line.includes(`uses: ${uses}`));
    if (!pinned.test(uses) || !lines.every((line) => pinnedLine.test(line.trim()))) {
      findings.push([
        `uses ${uses}, which is not pinned`,
        "Name the commit, and its version in a comment: uses: owner/action@<40 digits> # v1.2.3",
      ]);
    }
  }
  if (uses?.startsWith("actions/checkout@") && typeof inputs?.["persist-credentials"] !== "boolean") {
    findings.push([
      "leaves the token in the checkout by default",
      "State persist-credentials: false or true.",
    ]);
  }
  if (run !== undefined && /\$\{\{\s*(?:github\.event|github\.head_ref|inputs)\b/.test(run)) {
    findings.push([
      "runs a command that contains a text of the event, which others choose",
      "Pass it by `env`, and quote the variable.",
    ]);
  }
  return findings;
}

function jobFindings(name: string, job: Job): Finding[] {
  const findings: Finding[] = [];
  if (job["timeout-minutes"] === undefined) {
    findings.push([`has no timeout for the job ${name}`, "Set timeout-minutes."]);
  }
  const { permissions } = job;
  const canPublish = typeof permissions === "object" && permissions["id-token"] === "write";
  if (canPublish && job.environment === undefined) {
    findings.push([
      `lets the job ${name} publish outside of an environment`,
      "Set `environment`, whose rules say who approves it.",
    ]);
  }
  return findings;
}

function grantFindings({ on, permissions }: Workflow): Finding[] {
  const findings: Finding[] = [];
  const granted = typeof permissions === "object" ? Object.values(permissions) : [permissions];
  if (granted.some((grant) => grant !== "read")) {
    findings.push([
      "does not limit the permissions of all jobs to reading",
      "Set `permissions: { contents: read }` or `permissions: {}` for the workflow, and more for a job.",
    ]);
  }
  if (typeof on === "object" && on !== null && "pull_request_target" in on) {
    findings.push(["runs on pull_request_target, with secrets, for code of others", "Use pull_request."]);
  }
  return findings;
}
