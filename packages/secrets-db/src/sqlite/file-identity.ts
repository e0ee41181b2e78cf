import { SecretsError } from "@archestra/secrets-core";
import type { HealthProblem } from "@archestra/secrets-core/plugin";

const { statSync } = process.getBuiltinModule("node:fs");

/** Which file a path led to when it was opened, so that one that was deleted or replaced since is noticed. */
export class FileIdentity {
  readonly #path: string;
  readonly #device: bigint | undefined;
  readonly #inode: bigint | undefined;

  /** @param path of a file that was just opened */
  constructor(path: string) {
    this.#path = path;
    const status = this.#status();
    this.#device = status?.dev;
    this.#inode = status?.ino;
  }

  /** Undefined: the path still leads to the file that is open. */
  problem(): HealthProblem | undefined {
    const status = this.#status();
    if (status !== undefined && status.dev === this.#device && status.ino === this.#inode) return undefined;
    const what = status === undefined ? "was deleted or moved" : "was replaced by another file";
    return {
      code: "INVALID_CONFIGURATION",
      reason: "DATABASE_REPLACED",
      message: `The database file ${this.#path} ${what} while this process has it open. Reads still return what the file held; changes are refused, because they would be lost. Put the file in its place, and restart every process that had it open. Replace a database file only while no process has it open.`,
    };
  }

  /** @throws SecretsError INVALID_CONFIGURATION, reason DATABASE_REPLACED, when a change would go to a file that is gone */
  assertInPlace(): void {
    const problem = this.problem();
    if (problem !== undefined) {
      throw new SecretsError(problem.code, problem.message, { reason: problem.reason });
    }
  }

  /** Undefined: there is no file, or its folder cannot be reached any more. As bigints, since inodes have 64 bits. */
  #status() {
    try {
      return statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    } catch {
      return undefined;
    }
  }
}
