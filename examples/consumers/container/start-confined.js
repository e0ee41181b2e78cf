/*
 * Starts the application as the Dockerfile does, without a container: from a read-only copy, as another
 * user if this user has the permission, without a home or a temporary folder, with one folder for the data.
 */
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const NOBODY = 65_534;

const isRoot = process.getuid?.() === 0;
// The temporary folder of this process may be closed to other users.
const parent = isRoot ? "/tmp" : tmpdir();
const image = mkdtempSync(join(parent, "consumer-container-image-"));
const data = mkdtempSync(join(parent, "consumer-container-data-"));
try {
  // A copy of Node too, because the user of the container may have no access to the running one.
  copyFileSync(process.execPath, join(image, "node"));
  for (const part of ["node_modules", "package.json", "application.js"]) {
    cpSync(part, join(image, part), { recursive: true });
  }
  if (isRoot) chownSync(data, NOBODY, NOBODY);
  makeReadOnly(image);

  const writes = 'require("node:fs").writeFileSync("written", "")';
  if (run(["--eval", writes]) === 0) throw new Error("The application's folder can be written to.");
  process.exitCode = run(["application.js"], "inherit") ?? 1;
  if (process.exitCode === 0 && !readdirSync(data).includes("secrets.db")) {
    throw new Error("The secrets were not stored in the folder for the data.");
  }
} finally {
  if (!isRoot) chmodSync(image, 0o700);
  rmSync(image, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
}

function run(parameters, stdio = "ignore") {
  const { status, error } = spawnSync(join(image, "node"), parameters, {
    cwd: image,
    stdio,
    env: {
      ARCHESTRA_AUTH_SECRET: process.env.ARCHESTRA_AUTH_SECRET,
      ARCHESTRA_DATABASE_URL: `sqlite:${join(data, "secrets.db")}`,
      HOME: "/nonexistent",
      TMPDIR: "/nonexistent",
    },
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  if (error !== undefined) throw error;
  return status;
}

/** Folders stay writable for root alone, which removes them. */
function makeReadOnly(path) {
  const isFolder = statSync(path).isDirectory();
  if (isFolder) for (const entry of readdirSync(path)) makeReadOnly(join(path, entry));
  chmodSync(path, isFolder || path === join(image, "node") ? 0o555 : 0o444);
}
