import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { TestServerUnavailable } from "./server-unavailable.ts";

const execute = promisify(execFile);

/** A shell whose completion is tested. bash is on every machine. */
export type Shell = "zsh" | "fish";

/**
 * Finds a shell on the path. With `CI` set and as root, it is installed with apt-get where it is missing: a package of the
 * system is not installed on the computer of a developer.
 *
 * @throws {TestServerUnavailable} when it is neither there nor can be installed
 */
export async function findShell(shell: Shell): Promise<string> {
  if (await isInstalled(shell)) return shell;
  if (process.env.CI && process.getuid?.() === 0) {
    console.log(`Test server ${shell}: installing it with apt-get, once, which takes some seconds`);
    await install(shell);
    if (await isInstalled(shell)) return shell;
  }
  throw new TestServerUnavailable(
    `There is no ${shell} on the path.`,
    `Install it, such as with \`apt-get install ${shell}\` or \`brew install ${shell}\`; then run \`npx --yes pnpm@12 test --force\`.`,
  );
}

async function isInstalled(shell: Shell): Promise<boolean> {
  return execute(shell, ["--version"]).then(
    () => true,
    () => false,
  );
}

async function install(shell: Shell): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  // Another installation can hold the lock.
  const options = ["-o", "DPkg::Lock::Timeout=300", "--yes", "--no-install-recommends"];
  try {
    await execute("apt-get", ["update"], { env });
    await execute("apt-get", ["install", ...options, shell], { env });
  } catch (error) {
    const { stderr = "" } = error as { readonly stderr?: string };
    throw new TestServerUnavailable(
      `apt-get cannot install ${shell}: ${stderr.trim().split("\n").at(-1)}`,
      `Install ${shell} in the image of CI.`,
      { cause: error },
    );
  }
}
