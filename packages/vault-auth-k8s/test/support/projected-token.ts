import { mkdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A token as kubelet keeps it in a volume: the file is a link through `..data`, another link, which it replaces as a whole. */
export class ProjectedToken {
  /** What an application receives. */
  readonly path: string;
  readonly #folder: string;
  #versions = 0;

  static async create(folder: string): Promise<ProjectedToken> {
    await mkdir(folder);
    await symlink(join("..data", "token"), join(folder, "token"));
    return new ProjectedToken(folder);
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.path = join(folder, "token");
  }

  async place(token: string): Promise<void> {
    const version = `..version-${++this.#versions}`;
    await mkdir(join(this.#folder, version));
    await writeFile(join(this.#folder, version, "token"), token);
    const link = join(this.#folder, "..data");
    await symlink(version, `${link}_tmp`);
    await rename(`${link}_tmp`, link);
    await rm(join(this.#folder, `..version-${this.#versions - 1}`), { recursive: true, force: true });
  }

  /** From now on the path leads nowhere, until `place`. */
  async remove(): Promise<void> {
    await rm(join(this.#folder, "..data"));
  }
}
