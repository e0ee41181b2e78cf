import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const folder = join(import.meta.dirname, "..");

/** Every manifest, by its file name. */
export const manifests = new Map(
  readdirSync(join(folder, "manifests")).map((name) => [name, exampleFile(`manifests/${name}`)]),
);

/** The rules of the application's policy. */
export const policy = exampleFile("vault/policy.hcl");

/** What `vault/configure.sh` writes to the role, as the body of the same request over HTTP. */
export function roleParameters(): Record<string, string> {
  const script = exampleFile("vault/configure.sh");
  const [, parameters] = /vault write auth\/kubernetes\/role\/shop((?: \\\n +\S+=\S+)+)/.exec(script) ?? [];
  if (parameters === undefined) throw new Error("vault/configure.sh does not write the role as it did.");
  const pairs = parameters.matchAll(/(\S+?)=(\S+)/g);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name as string, value as string]));
}

function exampleFile(path: string): string {
  return readFileSync(join(folder, path), "utf8");
}
