import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { followReadme, runReadmeExample } from "../checks/consumers/readme-path.ts";
import { CommandFailed, type Place, run } from "../checks/custom-backend/command.ts";
import type { PackageManager } from "../checks/custom-backend/plugin-project.ts";
import { corePackage } from "../checks/workspace.ts";
import type { LocalRegistry } from "./local-registry.ts";

/** An application that is installed from the registry, beginning with the example of the README in an empty folder. */
export class Application {
  readonly #folder: string;
  readonly #workFolder: string;

  private constructor(folder: string, workFolder: string) {
    this.#folder = folder;
    this.#workFolder = workFolder;
  }

  static async install(
    registry: LocalRegistry,
    workFolder: string,
    manager: PackageManager,
  ): Promise<Application> {
    const { configuration } = registry;
    const path = { manager, node: undefined, packages: new Map(), configuration, workFolder };
    return new Application(await followReadme(path), workFolder);
  }

  /**
   * Installs packages in an empty folder and imports each.
   *
   * @throws CommandFailed when one cannot be installed beside the others, or imported
   */
  async assertImportable(packages: readonly string[]): Promise<void> {
    const place = this.#emptyFolder("all-packages-");
    await run("npm", ["install", "--no-audit", "--no-fund", ...packages], place);
    const imports = packages.map((name) => `import ${JSON.stringify(name)};`).join("\n");
    writeFileSync(join(place.folder, "imports.mjs"), imports);
    await run("node", ["imports.mjs"], place);
  }

  /** Installs these packages beside those that it has, and runs it again. */
  async add(...packages: string[]): Promise<void> {
    await this.#npm("install", ...packages);
    await runReadmeExample(this.#folder, this.#workFolder);
  }

  /** Updates its packages as far as their ranges allow, and runs it again. */
  async update(): Promise<void> {
    await this.#npm("update");
    await runReadmeExample(this.#folder, this.#workFolder);
  }

  /**
   * Installs packages in an empty folder, where npm checks peers. It does not when it changes one version in a folder that has
   * others.
   *
   * @throws CommandFailed unless npm refuses because of a peer
   */
  async assertRefused(...packages: string[]): Promise<void> {
    const place = this.#emptyFolder("refused-");
    const refusal = await run("npm", ["install", ...packages], place).then(String, String);
    if (/ERESOLVE unable to resolve/.test(refusal)) return;
    throw new CommandFailed(`npm does not refuse ${packages.join(" ")} because of a peer: ${refusal}`);
  }

  /** @throws CommandFailed unless these versions are installed, and core once */
  async assertVersions(expected: Readonly<Record<string, string>>): Promise<void> {
    for (const [name, version] of Object.entries(expected)) {
      const path = join(this.#folder, "node_modules", name, "package.json");
      const { version: actual } = JSON.parse(readFileSync(path, "utf8")) as { version: string };
      if (actual !== version)
        throw new CommandFailed(`${name} ${version} was released, and ${actual} is installed`);
    }
    const copies = JSON.parse(await this.#npm("query", `[name="${corePackage}"]`)) as unknown[];
    if (copies.length !== 1) throw new CommandFailed(`${copies.length} copies of core are installed`);
  }

  #emptyFolder(prefix: string): Place {
    const folder = mkdtempSync(join(this.#workFolder, prefix));
    cpSync(join(this.#folder, ".npmrc"), join(folder, ".npmrc"));
    writeFileSync(join(folder, "package.json"), "{}");
    return { folder, workFolder: this.#workFolder };
  }

  #npm(command: string, ...options: string[]): Promise<string> {
    const quiet = command === "query" ? [] : ["--no-audit", "--no-fund"];
    return run("npm", [command, ...quiet, ...options], {
      folder: this.#folder,
      workFolder: this.#workFolder,
    });
  }
}
