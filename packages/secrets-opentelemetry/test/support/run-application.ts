import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const file = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Runs the application, which exports everything before it ends. */
export async function runApplication(run: string, env: Readonly<Record<string, string>>): Promise<void> {
  await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--import", file("load-hooks.ts"), file("application.ts"), run],
    { env: { PATH: process.env.PATH ?? "", ...env } },
  );
}
