import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A folder in the temporary folder for what a check builds. It is removed when the check is interrupted, too. */
export interface WorkFolder {
  readonly path: string;
  remove(): void;
}

/** Makes an empty one. */
export function openWorkFolder(name: string): WorkFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), `${name}-`)));
  const remove = () => rmSync(path, { recursive: true, force: true });
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      remove();
      process.exit(1);
    });
  }
  return { path, remove };
}
