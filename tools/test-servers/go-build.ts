import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A hash of the sources of a Go program of ours and of the modules that it is built from. */
export function goSourcesHash(folder: URL): string {
  const hash = createHash("sha256");
  for (const name of ["main.go", "go.mod", "go.sum"]) hash.update(readFileSync(new URL(name, folder)));
  return hash.digest("hex").slice(0, 16);
}

/** Whether Go is installed. */
export async function hasGo(): Promise<boolean> {
  return execute("go", ["version"]).then(
    () => true,
    () => false,
  );
}

/**
 * Builds the Go program of this folder.
 *
 * @param tags build tags. @default none
 * @throws Error with what the compiler wrote
 */
export async function buildGoProgram(folder: URL, output: string, tags = ""): Promise<void> {
  const options = ["-mod=readonly", "-buildvcs=false", "-trimpath", "-tags", tags, "-ldflags", "-s -w"];
  await execute("go", ["build", ...options, "-o", output, "."], {
    cwd: folder,
    // Flags of the machine would give another program, or refuse ours.
    env: { ...process.env, GOFLAGS: "", GOWORK: "off" },
    maxBuffer: 2 ** 26,
  });
}
