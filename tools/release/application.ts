import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { followReadme, runReadmeExample } from "../checks/consumers/readme-path.ts";
import { CommandFailed, run } from "../checks/custom-backend/command.ts";
import { corePackage } from "../checks/workspace.ts";
import type { LocalRegistry } from "./local-registry.ts";

/** An application that npm installs from the registry, beginning with the example of the README in an empty folder. */
export class Application {
  readonly #folder: string;
  readonly #workFolder: string;

  private constructor(folder: string, workFolder: string) {
    this.#folder = folder;
    this.#workFolder = workFolder;
  }

  static async install(registry: LocalRegistry, workFolder: string): Promise<Application> {
    const path = { node: undefined, packages: new Map(), configuration: registry.configuration, workFolder };
    return new Application(await followReadme({ ...path, manager: "npm" }), workFolder);
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
    const folder = mkdtempSync(join(this.#workFolder, "refused-"));
    cpSync(join(this.#folder, ".npmrc"), join(folder, ".npmrc"));
    writeFileSync(join(folder, "package.json"), "{}");
    const place = { folder, workFolder: this.#workFolder };
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

  #npm(command: string, ...options: string[]): Promise<string> {
    const quiet = command === "query" ? [] : ["--no-audit", "--no-fund"];
    return run("npm", [command, ...quiet, ...options], {
      folder: this.#folder,
      workFolder: this.#workFolder,
    });
  }
}
