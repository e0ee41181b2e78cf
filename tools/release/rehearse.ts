import { isDeepStrictEqual } from "node:util";
import type { ReleaseKind } from "../checks/changeset-rules.ts";
import { CommandFailed } from "../checks/custom-backend/command.ts";
import { type Problem, report } from "../checks/problem.ts";
import { openWorkFolder } from "../checks/work-folder.ts";
import { Application } from "./application.ts";
import { type LocalRegistry, startLocalRegistry } from "./local-registry.ts";
import { type Scenario, scenarios } from "./scenarios.ts";
import { type PlannedRelease, ScratchWorkspace } from "./scratch-workspace.ts";

/**
 * Rehearses a release on this machine alone: versions, packs and publishes a copy of this repository to a registry of its own,
 * installs the packages from it in an empty folder and runs the example of the README. Then does so with releases of each
 * kind, and checks what each of them releases.
 */
const work = openWorkFolder("release-rehearsal");
const problems: Problem[] = [];
const start = performance.now();
let registry: LocalRegistry | undefined;
// What the registry holds changes during the rehearsal, and .ci/run lets package managers prefer what they have cached.
for (const name of ["npm_config_prefer_offline", "pnpm_config_prefer_offline"]) delete process.env[name];
try {
  registry = await startLocalRegistry(work.path);
  await rehearse(registry);
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error;
  problems.push({
    where: "A release",
    what: error.message,
    todo: "Correct the package, .changeset/config.json, or the scenario in tools/release/scenarios.ts.",
  });
} finally {
  await registry?.stop();
  work.remove();
}
report(`Rehearsal of a release, ${((performance.now() - start) / 1000).toFixed(0)} s`, problems);

async function rehearse(registry: LocalRegistry): Promise<void> {
  const workspace = await ScratchWorkspace.open(work.path, registry);
  const pending = await workspace.plan();
  printPlan("The next release", pending);
  for (const { name, oldVersion, newVersion } of pending) {
    if (oldVersion !== "0.0.0" || newVersion === "1.0.0") continue;
    throw new CommandFailed(`${name} is released for the first time, as ${newVersion} and not as 1.0.0`);
  }
  if (pending.length > 0) await workspace.version();
  await workspace.publish();
  await Application.install(registry, work.path, "pnpm");
  const application = await Application.install(registry, work.path, "npm");
  await application.assertImportable([...workspace.manifests().keys()]);
  for (const scenario of scenarios) await rehearseScenario(scenario, workspace, application);
}

async function rehearseScenario(
  { title, prepare, changeset, plan, upgrade }: Scenario,
  workspace: ScratchWorkspace,
  application: Application,
): Promise<void> {
  await prepare?.(workspace);
  const packages = workspace.manifests();
  const named = changeset(packages);
  workspace.announce(named);
  const planned = await workspace.plan();
  printPlan(title, planned);
  assertPlan(title, planned, plan?.(packages) ?? named);
  if (upgrade === undefined) return;
  await workspace.version();
  await workspace.publish();
  const versions = Object.fromEntries(planned.map(({ name, newVersion }) => [name, newVersion]));
  await upgrade(application, versions);
}

function assertPlan(
  title: string,
  planned: readonly PlannedRelease[],
  expected: Readonly<Record<string, ReleaseKind>>,
): void {
  const actual = Object.fromEntries(planned.map(({ name, kind }) => [name, kind]));
  const wrong = planned.filter(({ oldVersion, newVersion, kind }) => newVersion !== raised(oldVersion, kind));
  if (isDeepStrictEqual(actual, sorted(expected)) && wrong.length === 0) return;
  throw new CommandFailed(
    `${title}. Expected: ${JSON.stringify(sorted(expected))}. Planned: ${JSON.stringify(planned)}`,
  );
}

function raised(version: string, kind: ReleaseKind): string {
  const [major = 0, minor = 0, patch = 0] = version.split(".").map(Number);
  if (kind === "major") return `${major + 1}.0.0`;
  return kind === "minor" ? `${major}.${minor + 1}.0` : `${major}.${minor}.${patch + 1}`;
}

function sorted<Value>(record: Readonly<Record<string, Value>>): Record<string, Value> {
  return Object.fromEntries(Object.entries(record).sort(([one], [other]) => (one < other ? -1 : 1)));
}

function printPlan(title: string, planned: readonly PlannedRelease[]): void {
  console.log(`\n${title}:`);
  for (const { name, kind, oldVersion, newVersion } of planned) {
    console.log(`  ${name.padEnd(32)} ${kind.padEnd(5)}  ${oldVersion} -> ${newVersion}`);
  }
  if (planned.length === 0) console.log("  no package");
}
