import { CommandFailed, run } from "../custom-backend/command.ts";
import { changeManifest } from "../custom-backend/plugin-project.ts";
import { specifiersOf } from "./package-manager.ts";
import { programPath } from "./program-path.ts";
import { packageManager, type ReadmePath } from "./readme-path.ts";

/** What is installed beside the packages of the README. */
const added = ["secrets-vault", "vault-auth-token", "secrets-cli"].map((name) => `@archestra/${name}`);

/**
 * Installs Vault and the program of operators in a folder in which the README was followed, and runs the program on the
 * database that the README's example wrote.
 *
 * @throws CommandFailed when a command fails, or the program does not find one healthy secret
 */
export async function runInstalledProgram(folder: string, path: ReadmePath): Promise<void> {
  const { node, packages, workFolder } = path;
  const manager = packageManager(path.manager);
  const env = {
    ...manager.env,
    PATH: await programPath(node, manager, workFolder),
    ARCHESTRA_DATABASE_URL: "sqlite:.archestra/secrets.db",
  };
  const specifiers = specifiersOf(packages);
  manager.replace(folder, specifiers);
  changeManifest(folder, (manifest) => {
    const dependencies = manifest.dependencies as Record<string, string | undefined>;
    // npm refuses to replace a direct dependency by another specifier, even of the same file.
    for (const name of [...Object.keys(dependencies), ...added]) {
      dependencies[name] = specifiers[name] ?? dependencies[name];
    }
  });
  await execute(manager.install);
  await assertPrints(["--version"], /^\d+\.\d+\.\d+$/m);
  await assertPrints(["doctor", "--env-file", ".env"], /^\s*owners of secrets +DB 1$/m);

  async function assertPrints(parameters: readonly string[], expected: RegExp): Promise<void> {
    const printed = await execute([...manager.execute, "archestra-secrets", ...parameters]);
    if (expected.test(printed)) return;
    const line = `archestra-secrets ${parameters.join(" ")}`;
    throw new CommandFailed(`${folder}: ${line} did not print ${expected}\n${printed}`);
  }

  function execute([program = "", ...parameters]: readonly string[]): Promise<string> {
    return run(program, parameters, { folder, workFolder, env });
  }
}
