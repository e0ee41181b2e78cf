import type {
  SettingDeclarations,
  SlotDeclaration,
  VariableDeclaration,
} from "@archestra/secrets-core/plugin";
import { expectNotShown } from "../../redaction/planted-text.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import { type MisplacedSecret, misplacedSecrets } from "../misplaced-secrets.ts";
import type { Given, PluginFixture } from "../plugin-fixture.ts";

const CONTRACT =
  'ConfigurationIssue.expected: "It never contains the value of a secret setting", nor a text that may be the secret of another one';
const FILE = "/run/secrets/conformance";

type Declaration = VariableDeclaration | SlotDeclaration;

/** A way in which a secret gets into one setting. */
interface Placement {
  readonly where: string;
  readonly given: Given;
  /** Whether descriptions may show it when it is accepted: as the valid value of a setting that is not secret. */
  readonly mayBeDescribed: boolean;
}

/** The cases of every variable and slot, named after it, and one of all together. */
export function redactionCases(settings: SettingDeclarations): ConformanceCase<PluginFixture>[] {
  const declarations = Object.entries(settings).flatMap(([key, declaration]) =>
    declaration.type === "option" ? [] : [[key, declaration] as const],
  );
  const single = declarations.map(([key, declaration]) => caseOf(key, declaration));
  const names = declarations.map(([, declaration]) => variableOf(declaration));
  return [...single, everywhere(names)];
}

function caseOf(key: string, declaration: Declaration): ConformanceCase<PluginFixture> {
  return {
    name: `${variableOf(declaration)}: a secret that is put there by mistake is shown nowhere`,
    contract: CONTRACT,
    async run(fixture) {
      const { secrets, planted } = misplacedSecrets();
      for (const secret of secrets) {
        for (const placement of placementsOf(fixture, key, declaration, secret)) {
          await expectNothingShown(fixture, planted, secret, placement);
        }
      }
    },
  };
}

function everywhere(names: readonly string[]): ConformanceCase<PluginFixture> {
  return {
    name: "a secret in every variable at once is shown in no error",
    contract: CONTRACT,
    async run(fixture) {
      const { secrets, planted } = misplacedSecrets();
      for (const secret of secrets) {
        for (const suffix of ["", "_FILE"]) {
          const env = Object.fromEntries(names.map((name) => [`${name}${suffix}`, secret.text]));
          const where = `every variable${suffix === "" ? "" : " of a file"}`;
          await expectNothingShown(fixture, planted, secret, { where, given: { env }, mayBeDescribed: true });
        }
      }
    },
  };
}

function placementsOf(
  fixture: PluginFixture,
  key: string,
  declaration: Declaration,
  { text, isUnmistakable }: MisplacedSecret,
): Placement[] {
  const name = variableOf(declaration);
  const file = `${name}_FILE`;
  const others = fixture.envWithout(name);
  const isShown = declaration.type === "slot" || !(declaration.secret || declaration.path);
  const mayBeDescribed = isShown && !isUnmistakable;
  const hidden = (where: string, given: Given) => ({ where, given, mayBeDescribed: false });
  return [
    { where: name, given: { env: { ...others, [name]: text } }, mayBeDescribed },
    hidden(file, { env: { ...others, [file]: text } }),
    hidden(`${name} and ${file}`, { env: { ...fixture.harness.accepted, [file]: text } }),
    hidden(`the file that ${file} names`, { env: { ...others, [file]: FILE }, files: { [FILE]: text } }),
    { where: `the option \`${key}\``, given: { env: others, options: { [key]: text } }, mayBeDescribed },
    hidden(`an array in the option \`${key}\``, { env: others, options: { [key]: [text] } }),
    hidden(`an object in the option \`${key}\``, { env: others, options: { [key]: { text } } }),
  ];
}

async function expectNothingShown(
  fixture: PluginFixture,
  planted: readonly string[],
  secret: MisplacedSecret,
  { where, given, mayBeDescribed }: Placement,
): Promise<void> {
  const what = `${secret.what} in ${where}`;
  const { resolution, failures, logged } = await fixture.attempt(given);
  for (const error of failures) expectNotShown(planted, error, `an error about ${what}`);
  expectNotShown(planted, logged, `the log about ${what}`);
  if (!mayBeDescribed) expectNotShown(planted, resolution, `the description of ${what}`);
}

function variableOf(declaration: Declaration): string {
  return declaration.type === "slot" ? declaration.variable : declaration.name;
}
