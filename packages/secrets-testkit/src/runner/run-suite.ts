import type { ConformanceReport } from "../report/conformance-report.ts";
import { type CaseIdentity, ReportRecorder } from "../report/report-recorder.ts";
import type { ConformanceCase, Suite } from "./conformance-case.ts";
import { HarnessProof } from "./harness-proof.ts";
import type { TestRunner } from "./test-runner.ts";
import { Turns } from "./turns.ts";

/** The options of every suite. */
export interface SuiteOptions<Group extends string> {
  /** The subject, such as `SQLite`: the heading of the tests and the subject of the report. */
  readonly name: string;
  /** The groups to run. @default all */
  readonly groups?: readonly Group[] | undefined;
  /** The path of a file for the report as JSON. Its folder must exist. Absent: no file is written. */
  readonly reportFile?: string | undefined;
}

/** A suite that was registered with a test runner. */
export interface RegisteredSuite {
  /** Returns the results so far: complete after the runner has run the tests. */
  report(): ConformanceReport;
}

/** Registers every case as a test. */
export function registerSuite<Subject>(
  { describe, describeTogether, test }: TestRunner,
  suite: Suite<Subject>,
  options: SuiteOptions<string>,
): RegisteredSuite {
  const groups = chosenGroups(suite, options.groups);
  const recorder = new ReportRecorder(suite, identitiesOf(groups), options.reportFile);
  const harness = new HarnessProof(suite, recorder);
  describe(suite.subject, () => {
    if (suite.harnessProof !== undefined) {
      test(`the harness ${suite.harnessProof.name}`, async () => {
        const failure = await harness.firstFailure();
        if (failure !== undefined) throw failure;
      });
    }
    for (const [group, cases] of groups) {
      // Runners reject an empty group, such as the slots of a plugin without slots.
      if (cases.length === 0) continue;
      const turns = new Turns();
      const declare = (conformanceCase: ConformanceCase<Subject>) =>
        test(conformanceCase.name, async (context) => {
          const { result, error } = await turns.run(() => harness.run(group, conformanceCase));
          recorder.add(result);
          // The runner may run only this test.
          const failure = error ?? (await harness.firstFailure());
          if (failure !== undefined) throw failure;
          // vitest's `skip` throws to end the test.
          if (result.status !== "passed") context?.skip?.(`${result.status}: ${result.reason}`);
        });
      const lists = listsOf(suite, cases);
      if (describeTogether === undefined || lists.length === 1) {
        describe(group, () => cases.forEach(declare));
      } else {
        describeTogether(
          group,
          lists.map((list) => () => list.forEach(declare)),
        );
      }
    }
  });
  return { report: () => recorder.report() };
}

/** Runs every case, one after the other, without a test runner. */
export async function runSuite<Subject>(
  suite: Suite<Subject>,
  options: SuiteOptions<string>,
): Promise<ConformanceReport> {
  const groups = chosenGroups(suite, options.groups);
  const recorder = new ReportRecorder(suite, identitiesOf(groups), options.reportFile);
  const harness = new HarnessProof(suite, recorder);
  // Without a runner that would show them. The report has no errors of the plugin.
  const show = (error: unknown) => {
    if (error !== undefined && suite.pluginErrors !== undefined) console.error(error);
  };
  show(await harness.firstFailure());
  for (const [group, cases] of groups) {
    const turns = new Turns();
    const runList = async (list: readonly ConformanceCase<Subject>[]) => {
      for (const conformanceCase of list) {
        const { result, error } = await turns.run(() => harness.run(group, conformanceCase));
        recorder.add(result);
        show(error);
      }
    };
    await Promise.all(listsOf(suite, cases).map(runList));
  }
  return recorder.report();
}

type ChosenGroups<Subject> = readonly (readonly [string, readonly ConformanceCase<Subject>[]])[];

function chosenGroups<Subject>(
  { id, groups }: Suite<Subject>,
  names: readonly string[] = Object.keys(groups),
): ChosenGroups<Subject> {
  return names.map((name) => {
    const cases = Object.hasOwn(groups, name) ? groups[name] : undefined;
    if (cases !== undefined) return [name, cases];
    throw new TypeError(
      `The suite ${id} has no group ${JSON.stringify(name)}. Its groups: ${Object.keys(groups).join(", ")}.`,
    );
  });
}

/** The cases that wait come first, in a list of their own. The recorded errors of the plugin are those of one case at a time. */
function listsOf<Subject>(
  { independentCases = false, pluginErrors }: Suite<Subject>,
  cases: readonly ConformanceCase<Subject>[],
): readonly (readonly ConformanceCase<Subject>[])[] {
  const waiting = independentCases ? cases.filter(({ waits }) => waits === true) : [];
  if (waiting.length === 0 || waiting.length === cases.length || pluginErrors !== undefined) return [cases];
  return [waiting, cases.filter(({ waits }) => waits !== true)];
}

function identitiesOf(groups: ChosenGroups<never>): readonly CaseIdentity[] {
  return groups.flatMap(([group, cases]) => cases.map(({ name }) => ({ group, name })));
}
