import { expectEqual, expectThat, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { PluginFixture } from "../plugin-fixture.ts";

const UNKNOWN = 'definePlugin: "TypeError for an option that the settings do not declare"';

export const optionCases: readonly ConformanceCase<PluginFixture>[] = [
  {
    name: "an unknown option is refused with a TypeError that names it",
    contract: UNKNOWN,
    async run(fixture) {
      const outcome = await outcomeOf(async () => fixture.plugin({ noSuchOption: "1" }));
      const isRight = outcome.failed && outcome.error instanceof TypeError;
      expectThat(isRight, "the factory to throw a TypeError", showOutcome(outcome));
      const { message } = outcome.error as TypeError;
      expectThat(message.includes("noSuchOption"), "the message to name the option", message);
    },
  },
  {
    name: "a misspelt option is refused",
    contract: UNKNOWN,
    async run(fixture) {
      for (const key of Object.keys(fixture.plugin().settings)) {
        const outcome = await outcomeOf(async () => fixture.plugin({ [`${key}s`]: "1" }));
        const isRight = outcome.failed && outcome.error instanceof TypeError;
        expectThat(isRight, `the factory to refuse \`${key}s\` with a TypeError`, showOutcome(outcome));
      }
    },
  },
  {
    name: "options are copied, and never changed",
    contract: "definePlugin: options are the caller's",
    async run(fixture) {
      const settings = Object.entries(fixture.plugin().settings);
      const options: Record<string, unknown> = {};
      for (const [key, declaration] of settings) {
        if (declaration.type === "variable") options[key] = fixture.harness.accepted[declaration.name];
      }
      const before = { ...options };
      const plugin = fixture.plugin(Object.freeze(options));
      expectEqual(options, before, "the options after the factory was called");
      expectEqual(
        Object.keys(plugin.settings),
        settings.map(([key]) => key),
        "the settings",
      );
    },
  },
  {
    name: "no options and an empty object are the same",
    contract: "definePlugin: options absent: nothing",
    async run(fixture) {
      const without = fixture.resolve({ env: fixture.harness.accepted });
      const empty = fixture.resolve({ env: fixture.harness.accepted, options: {} });
      expectEqual(empty, without, "the resolution");
    },
  },
];
