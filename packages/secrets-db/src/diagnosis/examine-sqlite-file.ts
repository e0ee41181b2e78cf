import { dirname } from "node:path";
import type { DiagnosisContext, Finding } from "@archestra/secrets-core/plugin";
import { unwritableFile } from "../sqlite/file-error.ts";
import { isOpenToOthers } from "../sqlite/file-modes.ts";
import { assertNotMounted, mountOf } from "../sqlite/mount.ts";
import { shortageError } from "../sqlite/shortage.ts";

const { accessSync, constants, existsSync, realpathSync, statfsSync, statSync } =
  process.getBuiltinModule("node:fs");

/** SQLite's locks do not work there, or not reliably. */
const networkFileSystems =
  /^(?:nfs|cifs|smb|9p|afs|ceph|lustre|beegfs|gpfs|(?:fuse\.)?(?:sshfs|s3fs|gcsfuse|blobfuse|glusterfs|ceph|juicefs|rclone|davfs))/;
/** Less room is used up within minutes of writing. */
const LEAST_FREE_BYTES = 16 * 1024 * 1024;

/**
 * Examines a database file and its folder without opening the file.
 *
 * @param mayCreate whether a start would create the file
 * @param isRelative whether the path depends on the working directory
 * @returns the file itself, not a link to it. Undefined: it cannot be opened, and a finding says why
 */
export function examineSqliteFile(
  path: string,
  mayCreate: boolean,
  isRelative: boolean,
  context: DiagnosisContext,
): string | undefined {
  if (!existsSync(path)) {
    reportAbsence(path, mayCreate, isRelative, context);
    return undefined;
  }
  const file = realpathSync(path);
  if (!statSync(file).isFile()) {
    context.failure(unwritableFile(path, { code: statSync(file).isDirectory() ? "EISDIR" : "NOT_A_FILE" }));
    return undefined;
  }
  reportAccess(path, file, context);
  reportSpace(path, context);
  assertNotMounted(file, false, context.logger);
  const mount = mountOf(file);
  if (mount !== undefined && networkFileSystems.test(mount.type)) {
    context.finding({
      code: "NETWORK_FILE_SYSTEM",
      severity: context.strict ? "broken" : "degraded",
      message: `The database file ${path} is on the network file system ${mount.path} (${mount.type}). SQLite's locks are not reliable there, and its write-ahead log works on one machine only: processes on two machines damage the database. Move the file to a local volume, or use PostgreSQL.`,
      remedy: { variable: "ARCHESTRA_DATABASE_URL" },
    });
  }
  return file;
}

/** A new installation, or a wrong path. */
function reportAbsence(
  path: string,
  mayCreate: boolean,
  isRelative: boolean,
  { finding }: DiagnosisContext,
): void {
  const start = mayCreate
    ? "The next start creates an empty database there."
    : "No start creates it, since ARCHESTRA_DATABASE_RUN_MIGRATIONS_ON_STARTUP is false.";
  finding({
    code: "DATABASE_ABSENT",
    severity: mayCreate ? "degraded" : "broken",
    message: `The database file ${path} does not exist. ${start}`,
    remedy: {
      command: ["archestra-secrets", "schema", "migrate"],
      text: `If the database is new, create it. Otherwise correct the path in ARCHESTRA_DATABASE_URL${isRelative ? `, or run this in the folder of the application: the path is relative, and the working directory is ${process.cwd()}` : ""}.`,
      variable: "ARCHESTRA_DATABASE_URL",
    },
  });
}

function reportAccess(path: string, file: string, context: DiagnosisContext): void {
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
    accessSync(dirname(file), constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    context.failure(unwritableFile(path, error));
  }
  if (!isOpenToOthers(file)) return;
  context.finding({
    code: "DATABASE_MODE",
    severity: "degraded",
    message: `The database file ${path} is accessible to all users of the machine. The next start takes their access away, if it is permitted to.`,
    remedy: { command: ["chmod", "o-rwx", file] },
  });
}

function reportSpace(path: string, { failure, finding }: DiagnosisContext): void {
  const { bavail, bsize, blocks, files, ffree } = statfsSync(dirname(path));
  if (files > 0 && ffree === 0) failure(shortageError("NO_INODES", path, undefined));
  if (blocks === 0 || bavail * bsize >= LEAST_FREE_BYTES) return;
  if (bavail === 0) failure(shortageError("DISK_FULL", path, undefined));
  else finding(nearlyFull(path, bavail * bsize));
}

function nearlyFull(path: string, bytes: number): Finding {
  return {
    code: "DISK_NEARLY_FULL",
    severity: "degraded",
    message: `The disk of ${dirname(path)} has ${Math.floor(bytes / 1024)} KiB left. Writes fail when it is full. Free space there, or make the volume larger.`,
    remedy: {},
  };
}
