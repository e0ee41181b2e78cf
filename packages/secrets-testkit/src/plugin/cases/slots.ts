import type { Plugin, SettingDeclarations, SlotDeclaration } from "@archestra/secrets-core/plugin";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import { HarnessGap } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { PluginFixture } from "../plugin-fixture.ts";

const CHOICE = "slot: a choice among the installed plugins of a kind, by a variable";

/** The cases of every slot that a plugin declares, named after its variable. */
export function slotCases(settings: SettingDeclarations): ConformanceCase<PluginFixture>[] {
  return Object.entries(settings).flatMap(([key, declaration]) =>
    declaration.type === "slot" ? casesOf(key, declaration) : [],
  );
}

function casesOf(key: string, declaration: SlotDeclaration): ConformanceCase<PluginFixture>[] {
  const { variable } = declaration;
  return [
    {
      name: `${variable}: not set, empty or blank chooses the default`,
      contract: 'SlotDeclaration.default: "The id to use if the variable is not set"',
      async run(fixture) {
        pluginsThatFit(fixture, declaration);
        for (const text of [undefined, "", " "]) {
          const env = { ...fixture.harness.accepted, [variable]: text };
          const setting = await fixture.expectResolved(`${variable} that is not set`, { env }, key);
          expectEqual(setting.value, declaration.default, "the id that is chosen");
          expectEqual(setting.source, "default", "where it comes from");
        }
      },
    },
    {
      name: `${variable}: chooses every installed plugin, in any case of letters`,
      contract: "PluginDefinition.id: it is case-insensitive",
      async run(fixture) {
        for (const { id } of pluginsThatFit(fixture, declaration)) {
          for (const text of [id, id.toLowerCase(), ` ${id} `]) {
            const env = { ...fixture.harness.accepted, [variable]: text };
            const setting = await fixture.expectResolved(`${variable}=${JSON.stringify(text)}`, { env }, key);
            expectEqual(setting.source, "variable", "where the choice comes from");
          }
        }
      },
    },
    {
      name: `${variable}: an id that is not installed is refused with a list of those that are`,
      contract: "ConfigurationIssue: `unknown`: names a plugin that is not installed",
      async run(fixture) {
        const env = { ...fixture.harness.accepted, [variable]: "NO_SUCH_PLUGIN" };
        const issue = await fixture.expectProblem(`${variable}=NO_SUCH_PLUGIN`, { env }, variable, "unknown");
        for (const { id } of pluginsThatFit(fixture, declaration)) {
          expectThat(issue.expected.includes(id), `the issue to name ${id}`, show(issue.expected));
        }
      },
    },
    {
      name: `${variable}: chosen in code, which wins`,
      contract: CHOICE,
      async run(fixture) {
        const [first] = pluginsThatFit(fixture, declaration);
        const options = { [key]: first.id };
        const env = { ...fixture.harness.accepted, [variable]: "NO_SUCH_PLUGIN" };
        const setting = await fixture.expectResolved(`the option \`${key}\``, { env, options }, key);
        expectEqual(setting.source, "option", "where the choice comes from");
      },
    },
  ];
}

/** The plugins of the harness that fit; the default has to be one of them. */
function pluginsThatFit(fixture: PluginFixture, declaration: SlotDeclaration): [Plugin, ...Plugin[]] {
  const fitting = (fixture.harness.plugins ?? []).filter(({ kind }) => kind.id === declaration.kind.id);
  const [first, ...others] = fitting;
  const hasDefault = fitting.some(({ id }) => id.toUpperCase() === declaration.default.toUpperCase());
  if (first === undefined || !hasDefault) {
    throw new HarnessGap(`the harness has no plugin ${declaration.default} among its \`plugins\``);
  }
  return [first, ...others];
}
