import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cachedProgram } from "./cached-program.ts";
import { TestServerUnavailable } from "./server-unavailable.ts";

/** The moto that is installed: the one that `moto/requirements.txt` names. */
export const MOTO_VERSION = "5.2.5";

const execute = promisify(execFile);
const requirements = fileURLToPath(new URL("./moto/requirements.txt", import.meta.url));

const REMEDY =
  "Install Python 3.11 or newer with its venv module, or set PYTHON to one, or MOTO_SERVER to a `moto_server`; then run `npx --yes pnpm@12 test --force`.";

/** How a program is started. */
export interface MotoProgram {
  readonly command: string;
  readonly parameters: readonly string[];
}

/**
 * Finds moto's server, in this order: the file that MOTO_SERVER names; the user's cache folder; a virtual environment of
 * Python in the cache folder, into which it is installed, which takes half a minute.
 *
 * @throws {TestServerUnavailable} when no way works
 */
export async function findMoto(): Promise<MotoProgram> {
  const named = process.env.MOTO_SERVER;
  if (named) {
    if (await servesMoto(named)) return { command: named, parameters: [] };
    throw new TestServerUnavailable(
      "MOTO_SERVER names a file that is no `moto_server`.",
      "Set it to the `moto_server` of moto, or unset it.",
    );
  }
  const python = process.env.PYTHON || "python3";
  const version = await versionOf(python);
  if (version === undefined)
    throw new TestServerUnavailable(`\`${python}\` is no Python with its venv module.`, REMEDY);
  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  const environment = await cachedProgram({
    title: `moto ${MOTO_VERSION}`,
    // An environment works with the minor version of Python that made it.
    folder: `moto-${MOTO_VERSION}-python${version}-${hash}`,
    name: "environment",
    ways: [
      {
        what: "installing it with pip, once, which takes half a minute",
        make: (unfinished) => install(python, unfinished),
      },
    ],
    remedy: REMEDY,
  });
  // Its scripts name the folder in which they were installed, and so cannot be moved; its interpreter can.
  return { command: interpreter(environment), parameters: ["-m", "moto.server"] };
}

async function install(python: string, environment: string): Promise<void> {
  await execute(python, ["-m", "venv", environment]);
  const parameters = ["--quiet", "--disable-pip-version-check", "--requirement", requirements];
  await execute(interpreter(environment), ["-m", "pip", "install", ...parameters], { maxBuffer: 2 ** 26 });
}

function interpreter(environment: string): string {
  return process.platform === "win32"
    ? join(environment, "Scripts", "python.exe")
    : join(environment, "bin", "python");
}

async function versionOf(python: string): Promise<string | undefined> {
  const program = "import ensurepip, sys, venv; print('%d.%d' % sys.version_info[:2])";
  return execute(python, ["-c", program]).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

async function servesMoto(file: string): Promise<boolean> {
  const help = await execute(file, ["--help"]).catch(() => undefined);
  return help?.stdout.includes("--ssl-cert") ?? false;
}
