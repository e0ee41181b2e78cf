/**
 * Lets Node keep the compiled code of the program, which saves a tenth of the time of a start. A user who can write the folder
 * can run code in the program. So it is a part of the installation, and only the user who creates it can read or write it.
 * Where the installation cannot be written, the code is compiled at each start.
 */
export function keepCompiledCode(): void {
  // Not imported, since `--version` does not need them.
  const { mkdirSync } = process.getBuiltinModule("node:fs");
  const { enableCompileCache } = process.getBuiltinModule("node:module");
  const { join } = process.getBuiltinModule("node:path");
  const folder = join(import.meta.dirname, "../compiled-code");
  try {
    mkdirSync(folder, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") return;
  }
  enableCompileCache(folder);
}
