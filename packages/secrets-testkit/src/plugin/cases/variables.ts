import type { SettingDeclarations, VariableDeclaration } from "@archestra/secrets-core/plugin";
import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import { expectNotShown } from "../../redaction/planted-text.ts";
import { NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { PluginFixture } from "../plugin-fixture.ts";

const VARIABLE =
  "variable: comes from the option, else from `NAME`, else (secret ones) from the file that `NAME_FILE` names, else from the default";
const BLANK = 'variable: "An empty or blank text counts as not set"';
const BOTH = 'variable: "Setting both `NAME` and `NAME_FILE` is an error"';
const REFUSED = "ConfigurationIssue: `invalid`: set, but not usable";

const FILE = "/run/secrets/conformance";

/** The cases of every variable that a plugin declares, named after it. */
export function variableCases(settings: SettingDeclarations): ConformanceCase<PluginFixture>[] {
  return Object.entries(settings).flatMap(([key, declaration]) =>
    declaration.type === "variable" ? casesOf(key, declaration) : [],
  );
}

function casesOf(key: string, declaration: VariableDeclaration): ConformanceCase<PluginFixture>[] {
  const { name } = declaration;
  const file = `${name}_FILE`;
  return [
    {
      name: `${name}: missing`,
      contract: VARIABLE,
      run: (fixture) => expectUnset(fixture, key, declaration, {}),
    },
    {
      name: `${name}: empty`,
      contract: BLANK,
      run: (fixture) => expectUnset(fixture, key, declaration, { [name]: "" }),
    },
    {
      name: `${name}: blank`,
      contract: BLANK,
      run: (fixture) => expectUnset(fixture, key, declaration, { [name]: " \t\n" }),
    },
    {
      name: `${name}: set`,
      contract: VARIABLE,
      async run(fixture) {
        const text = fixture.accepted(declaration);
        const setting = await fixture.expectResolved(`${name}`, { env: fixture.harness.accepted }, key);
        expectEqual(setting.source, "variable", `where \`${key}\` comes from`);
        if (declaration.secret) expectNotShown([text], setting, "the description of the setting");
        else expectEqual(setting.value, text, "the described value");
      },
    },
    {
      name: `${name}: invalid`,
      contract: REFUSED,
      async run(fixture) {
        if (declaration.schema === undefined) throw new NotDeclared(`${name} has no schema`);
        const text = fixture.refused(declaration);
        const env = { ...fixture.harness.accepted, [name]: text };
        const issue = await fixture.expectProblem(
          `${name} with a text that is refused`,
          { env },
          name,
          "invalid",
        );
        if (declaration.secret) expectNotShown([text], issue, "the issue");
      },
    },
    {
      name: `${name}: in the file that ${file} names`,
      contract: VARIABLE,
      async run(fixture) {
        const text = fixture.accepted(declaration);
        const env = { ...fixture.envWithout(name), [file]: FILE };
        if (!declaration.secret) return expectUnset(fixture, key, declaration, { [file]: FILE });
        for (const newline of ["", "\n", "\r\n"]) {
          const given = { env, files: { [FILE]: `${text}${newline}` } };
          const setting = await fixture.expectResolved(`${file}`, given, key);
          expectEqual(setting.source, "file", `where \`${key}\` comes from`);
          expectNotShown([text], setting, "the description of the setting");
        }
        const unreadable = { env };
        await fixture.expectProblem(`${file} with a file that is not there`, unreadable, name, "unreadable");
        const empty = { env, files: { [FILE]: "\n" } };
        await fixture.expectProblem(`${file} with a file that is empty`, empty, name, "invalid");
      },
    },
    {
      name: `${name}: both ${name} and ${file}`,
      contract: BOTH,
      async run(fixture) {
        const text = fixture.accepted(declaration);
        const given = { env: { ...fixture.harness.accepted, [file]: FILE }, files: { [FILE]: text } };
        if (declaration.secret) {
          const issue = await fixture.expectProblem(`${name} and ${file}`, given, name, "conflict");
          expectNotShown([text], issue, "the issue");
          return;
        }
        const setting = await fixture.expectResolved(
          `${name} beside ${file}, which means nothing,`,
          given,
          key,
        );
        expectEqual(setting.source, "variable", `where \`${key}\` comes from`);
      },
    },
    {
      name: `${name}: given in code, which wins`,
      contract: VARIABLE,
      async run(fixture) {
        const options = { [key]: fixture.accepted(declaration) };
        const given = { env: fixture.harness.accepted, options };
        const setting = await fixture.expectResolved(`the option \`${key}\``, given, key);
        expectEqual(setting.source, "option", `where \`${key}\` comes from`);
        expectEqual(setting.variable, name, "the variable of the option");
      },
    },
  ];
}

/** Fails unless the variable counts as not set: an error where it is required, the default or nothing where it is not. */
async function expectUnset(
  fixture: PluginFixture,
  key: string,
  declaration: VariableDeclaration,
  changes: Readonly<Record<string, string>>,
): Promise<void> {
  const { name, requiredUnless, required } = declaration;
  const env = { ...fixture.envWithout(name), ...changes };
  if (requiredUnless !== undefined) {
    const without = { ...fixture.envWithout(name, requiredUnless), ...changes };
    const what = `${name} and ${requiredUnless}, of which neither is set,`;
    await fixture.expectProblem(what, { env: without }, name, "missing");
  } else if (required === true) {
    const issue = await fixture.expectProblem(`${name}, which is not set,`, { env }, name, "missing");
    expectThat(issue.option === key, `the issue to name the option \`${key}\``, show(issue));
    return;
  }
  const setting = await fixture.expectResolved(`${name}, which is not set,`, { env }, key);
  const source = declaration.default === undefined ? "unset" : "default";
  expectEqual(setting.source, source, `where \`${key}\` comes from`);
}
