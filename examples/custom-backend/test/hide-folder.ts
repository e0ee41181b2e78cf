import { renameSync, rmSync, writeFileSync } from "node:fs";

/** Puts a file in the place of a folder, as if its disk were not there. @returns what puts the folder back */
export function hideFolder(folder: string): () => void {
  renameSync(folder, `${folder}.hidden`);
  writeFileSync(folder, "");
  return () => {
    rmSync(folder);
    renameSync(`${folder}.hidden`, folder);
  };
}
