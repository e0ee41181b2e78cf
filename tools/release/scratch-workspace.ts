import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Changeset, ReleaseKind } from "../checks/changeset-rules.ts";
import { run } from "../checks/custom-backend/command.ts";
import { type Manifest, packageFolders, readManifest, root } from "../checks/workspace.ts";
import type { LocalRegistry } from "./local-registry.ts";

/** One package of a release. */
export interface PlannedRelease {
  readonly name: string;
  readonly kind: ReleaseKind;
  readonly oldVersion: string;
  readonly newVersion: string;
}

/** A copy of this repository in which packages are versioned and published as a release does it. */
export class ScratchWorkspace {
  readonly #folder: string;
  readonly #workFolder: string;

  private constructor(folder: string, workFolder: string) {
    this.#folder = folder;
    this.#workFolder = workFolder;
  }

  /** Copies the files that git knows and the built packages, and links the packages with each other. */
  static async open(workFolder: string, registry: LocalRegistry): Promise<ScratchWorkspace> {
    const folder = join(workFolder, "workspace");
    for (const path of filesOfGit()) copy(path, folder);
    for (const name of packageFolders()) {
      const built = join("packages", name, "dist");
      if (!existsSync(join(root, built))) throw new Error(`${built} is missing. Run the build first.`);
      copy(built, folder);
    }
    writeFileSync(join(folder, ".npmrc"), registry.configuration);
    const workspace = new ScratchWorkspace(folder, workFolder);
    await workspace.#run("pnpm", "install", "--prefer-offline", "--frozen-lockfile");
    await workspace.#run("git", "init", "--quiet", "--initial-branch=main");
    await workspace.#commit("Copy the repository");
    return workspace;
  }

  /** The package.json of each published package, by its name. */
  manifests(): ReadonlyMap<string, Manifest> {
    const packages = readdirSync(join(this.#folder, "packages")).map((name) =>
      readManifest(join(this.#folder, "packages", name)),
    );
    return new Map(packages.map((manifest) => [manifest.name, manifest]));
  }

  /** Adds a package that looks like the given one, and whose only code is an empty module. */
  async addPackage(name: string, like: string): Promise<void> {
    const source = join(this.#folder, "packages", like);
    const target = join(this.#folder, "packages", name.slice("@archestra/".length));
    for (const file of ["package.json", "README.md", "CHANGELOG.md", "LICENSE"]) {
      cpSync(join(source, file), join(target, file));
    }
    const { dependencies: _, ...manifest } = readManifest(target);
    const changed = { ...manifest, name, version: "0.0.0", peerDependencies: { ...corePeer(manifest) } };
    writeFileSync(join(target, "package.json"), JSON.stringify(changed, undefined, 2));
    writeFileSync(join(target, "CHANGELOG.md"), `# ${name}\n`);
    mkdirSync(join(target, "dist"));
    for (const file of ["index.js", "index.d.ts"]) writeFileSync(join(target, "dist", file), "export {};\n");
    await this.#run("pnpm", "install", "--prefer-offline", "--no-frozen-lockfile");
  }

  /** Adds a changeset to those that are there. */
  announce(changeset: Changeset): void {
    const lines = Object.entries(changeset).map(([name, kind]) => `"${name}": ${kind}`);
    writeFileSync(
      join(this.#folder, ".changeset/rehearsal.md"),
      `---\n${lines.join("\n")}\n---\n\nA change of the rehearsal.\n`,
    );
  }

  /** What a release would do now, sorted by the name of the package. */
  async plan(): Promise<PlannedRelease[]> {
    const file = join(this.#workFolder, "plan.json");
    await this.#run("changeset", "status", "--output", file);
    const { releases } = JSON.parse(readFileSync(file, "utf8")) as {
      releases: { name: string; type: ReleaseKind | "none"; oldVersion: string; newVersion: string }[];
    };
    return releases
      .flatMap(({ name, type: kind, oldVersion, newVersion }) =>
        kind === "none" ? [] : { name, kind, oldVersion, newVersion },
      )
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  }

  /** Changes the versions and the changelogs by the changesets. */
  async version(): Promise<void> {
    await this.#run("changeset", "version");
    await this.#commit("Version the packages");
  }

  /** Packs the packages that the registry lacks, and publishes them. */
  async publish(): Promise<void> {
    const packed = join(this.#workFolder, "packed");
    rmSync(packed, { recursive: true, force: true });
    await this.#run("changeset", "pack", "--out-dir", packed);
    await this.#run("changeset", "publish", "--from-pack-dir", packed);
  }

  async #commit(subject: string): Promise<void> {
    const author = ["-c", "user.name=Rehearsal", "-c", "user.email=rehearsal@localhost"];
    await this.#run("git", "add", "--all");
    await this.#run("git", ...author, "commit", "--quiet", "--no-verify", "--message", subject);
  }

  #run(command: string, ...options: string[]): Promise<string> {
    const env = {
      PATH: `${join(this.#folder, "node_modules/.bin")}:${process.env.PATH}`,
      // Provenance needs the identity of a CI job.
      npm_config_provenance: "false",
      pnpm_config_provenance: "false",
    };
    return run(command, options, { folder: this.#folder, workFolder: this.#workFolder, env });
  }
}

function corePeer(manifest: Manifest): Record<string, string> {
  const name = "@archestra/secrets-core";
  return { [name]: manifest.peerDependencies?.[name] ?? "workspace:^" };
}

function filesOfGit(): string[] {
  const command = ["ls-files", "--cached", "--others", "--exclude-standard"];
  return execFileSync("git", command, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((path) => path !== "" && existsSync(join(root, path)));
}

function copy(path: string, folder: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  cpSync(join(root, path), join(folder, path), { recursive: true });
}
