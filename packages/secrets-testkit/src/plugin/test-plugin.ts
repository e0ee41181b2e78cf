import { expectSearchable } from "../redaction/searchable-text.ts";
import type { ConformanceReport } from "../report/conformance-report.ts";
import type { CaseGroups, Suite } from "../runner/conformance-case.ts";
import { type RegisteredSuite, registerSuite, runSuite, type SuiteOptions } from "../runner/run-suite.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import { descriptorCases } from "./cases/descriptor.ts";
import { optionCases } from "./cases/options.ts";
import { redactionCases } from "./cases/redaction.ts";
import { slotCases } from "./cases/slots.ts";
import { variableCases } from "./cases/variables.ts";
import { PluginFixture } from "./plugin-fixture.ts";
import type { PluginHarness } from "./plugin-harness.ts";

/** The groups of the suite of descriptors. */
export type PluginGroup = "descriptor" | "variables" | "slots" | "options" | "redaction";

/** The options of the suite of descriptors. */
export interface PluginSuiteOptions extends SuiteOptions<PluginGroup> {
  /** The plugin, and the texts that its variables accept. */
  readonly harness: PluginHarness;
}

/**
 * Tests a plugin's descriptor, of whichever kind, with a test runner of any kind. The cases of variables and slots follow
 * from what the plugin declares. Nothing is opened.
 *
 * @throws TypeError for a group that there is not
 */
export function testPlugin(options: PluginSuiteOptions & TestRunner): RegisteredSuite {
  return registerSuite(options, pluginSuite(options), options);
}

/**
 * Runs the same cases one after the other, without a test runner. It does not fail when a case does: the report says so.
 *
 * @throws TypeError for a group that there is not
 */
export async function runPluginSuite(options: PluginSuiteOptions): Promise<ConformanceReport> {
  return runSuite(pluginSuite(options), options);
}

function pluginSuite({ name, harness }: PluginSuiteOptions): Suite<PluginFixture> {
  const { settings } = harness.plugin();
  const groups: Record<PluginGroup, CaseGroups<PluginFixture>[string]> = {
    descriptor: descriptorCases,
    variables: variableCases(settings),
    slots: slotCases(settings),
    options: optionCases,
    redaction: redactionCases(settings),
  };
  return {
    id: "plugin",
    subject: name,
    groups,
    withSubject: (run) => run(new PluginFixture(harness)),
    harnessProof: {
      name: "gives secret variables texts that no other message contains",
      contract: "PluginHarness.accepted: the suite searches every output for the texts of secret variables",
      prove: async () => expectSearchable([settings], harness.accepted, "accepted"),
    },
  };
}
