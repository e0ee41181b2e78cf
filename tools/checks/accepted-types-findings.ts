import { spawnSync } from "node:child_process";
import { join } from "node:path";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

/** A finding of `attw` that is no fault of ours, by its kind and the way in which TypeScript resolves modules. */
interface AcceptedFinding {
  readonly kind: string;
  readonly resolutionKind: string;
  readonly reason: string;
}

const accepted: readonly AcceptedFinding[] = [
  {
    kind: "CJSResolvesToESM",
    resolutionKind: "node16-cjs",
    reason:
      'The packages are ES modules. Every supported Node loads them with require(), and TypeScript knows it under "module": "nodenext".',
  },
  {
    kind: "NoResolution",
    resolutionKind: "node10",
    reason:
      'The resolution of Node 10 does not read "exports", which Node has read since 12.7. It finds the root entry by "main".',
  },
];

/** What `attw` reports. */
interface Finding {
  readonly kind: string;
  readonly entrypoint?: string;
  readonly resolutionKind?: string;
}

/** The findings of `attw` (are the types wrong?) on a tarball, without those that are accepted. */
export function typesFindings(tarball: string, workFolder: string): Problem[] {
  const binary = join(root, "tools/node_modules/.bin/attw");
  const options = [tarball, "--format", "json"];
  const { stdout, stderr, error } = spawnSync(binary, options, {
    cwd: workFolder,
    encoding: "utf8",
    maxBuffer: 64 * 1024 * 1024,
  });
  if (error) throw error;
  const { problems = {} } = parsed(stdout, stderr);
  return Object.values(problems)
    .flat()
    .filter(({ kind, resolutionKind }) => !isAccepted(kind, resolutionKind))
    .map((finding) => ({
      where: "attw",
      what: `reports ${JSON.stringify(finding)}`,
      todo: "See https://arethetypeswrong.github.io. Correct it, or accept it with its reason in tools/checks/accepted-types-findings.ts.",
    }));
}

function isAccepted(kind: string, resolutionKind: string | undefined): boolean {
  return accepted.some((finding) => finding.kind === kind && finding.resolutionKind === resolutionKind);
}

function parsed(stdout: string, stderr: string): { problems?: Readonly<Record<string, readonly Finding[]>> } {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`attw did not print JSON: ${stdout}${stderr}`);
  }
}
