import { isSecretsError } from "@archestra/secrets-core";
import { expectEqual, expectThat, outcomeOf, show, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { PluginFixture } from "../plugin-fixture.ts";

const DEFINITION = "PluginDefinition";

export const descriptorCases: readonly ConformanceCase<PluginFixture>[] = [
  {
    name: "the factory returns a frozen descriptor of the same plugin each time",
    contract: 'Plugin: "Creating it has no side effects"',
    async run(fixture) {
      const [first, second] = [fixture.plugin(), fixture.plugin()];
      expectThat(Object.isFrozen(first), "the descriptor to be frozen", "it is not");
      expectEqual(
        [second.kind.id, second.id],
        [first.kind.id, first.id],
        "the kind and the id, the second time,",
      );
      expectEqual(
        Object.keys(second.settings),
        Object.keys(first.settings),
        "the settings, the second time,",
      );
    },
  },
  {
    name: "the id is a word that a variable can hold",
    contract: `${DEFINITION}.id: "The id that selects the plugin in a slot, such as \`VAULT\`"`,
    async run(fixture) {
      const { id } = fixture.plugin();
      expectThat(/^\S+$/.test(id), "an id without spaces", show(id));
    },
  },
  {
    name: "it is written for a contract that this version of core understands",
    contract: `${DEFINITION}.contractVersion`,
    async run(fixture) {
      const { contractVersion, kind } = fixture.plugin();
      const isUnderstood = kind.contractVersions.includes(contractVersion);
      expectThat(
        isUnderstood,
        `one of the versions ${kind.contractVersions.join(", ")}`,
        show(contractVersion),
      );
    },
  },
  {
    name: "it is accepted with every variable set",
    contract: "resolveSecretsManager",
    async run(fixture) {
      const outcome = await outcomeOf(async () => fixture.resolve({ env: fixture.harness.accepted }));
      expectThat(!outcome.failed, "the settings of the harness to be accepted", showOutcome(outcome));
    },
  },
  {
    name: "a setting has one variable, and no two settings share one",
    contract: "SettingDeclarations",
    async run(fixture) {
      const variables = Object.values(fixture.plugin().settings).flatMap((declaration) => {
        if (declaration.type === "variable") return [declaration.name];
        return declaration.type === "slot" ? [declaration.variable] : [];
      });
      expectEqual(
        new Set(variables).size,
        variables.length,
        `the number of different variables among ${show(variables)}`,
      );
      for (const name of variables) {
        expectThat(
          /^[A-Z][A-Z0-9_]*$/.test(name),
          "a variable's name of capitals, digits and `_`",
          show(name),
        );
        expectThat(!name.endsWith("_FILE"), "a variable's name that does not end in `_FILE`", show(name));
      }
    },
  },
  {
    name: "every setting has a description",
    contract:
      'VariableDeclaration.description: "One sentence that describes the setting, for messages, `doctor` and the tables of the docs"',
    async run(fixture) {
      for (const [key, declaration] of Object.entries(fixture.plugin().settings)) {
        if (declaration.type === "slot") continue;
        expectThat(
          declaration.description.trim() !== "",
          `a description of \`${key}\``,
          show(declaration.description),
        );
      }
    },
  },
  {
    name: "all problems are reported at once",
    contract: 'ConfigurationError: "Reports every problem of the configuration at once"',
    async run(fixture) {
      const refused = fixture.harness.refused ?? {};
      const declarations = Object.values(fixture.plugin().settings).filter(({ type }) => type === "variable");
      const missing = declarations.flatMap((declaration) =>
        declaration.type === "variable" && declaration.required === true && !(declaration.name in refused)
          ? [declaration.name]
          : [],
      );
      const wrong = [...Object.keys(refused), ...missing];
      if (wrong.length === 0) return;
      const env = { ...fixture.envWithout(...missing), ...refused };
      const outcome = await outcomeOf(async () => fixture.resolve({ env }));
      const isRight = outcome.failed && isSecretsError(outcome.error, "INVALID_CONFIGURATION");
      expectThat(isRight, "the settings to be refused", showOutcome(outcome));
      const reported = (await fixture.expectIssues("the settings", { env })).map(({ variable }) => variable);
      for (const name of wrong) expectThat(reported.includes(name), `an issue of ${name}`, show(reported));
    },
  },
];
