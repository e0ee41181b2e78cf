import { basename, dirname } from "node:path";
import { type Logger, SecretsError } from "@archestra/secrets-core";

const { readFileSync } = process.getBuiltinModule("node:fs");

/**
 * Warns when the database file itself is a mount point, as a single file that is mounted into a container is: SQLite
 * keeps what was written last in `-wal` beside it, which stays in the container and is lost with it.
 *
 * @param path of the file itself, not of a link to it
 * @throws SecretsError INVALID_CONFIGURATION, reason FILE_MOUNTED, in strict mode
 */
export function assertNotMounted(path: string, strict: boolean, logger: Logger): void {
  if (!isMountPoint(path)) return;
  const message = `The database file ${path} is a mount point of its own. SQLite keeps the latest changes in ${basename(path)}-wal beside it, which is outside the mount and is lost with the container. Mount the folder ${dirname(path)} instead of the single file (in Kubernetes: a volume without \`subPath\` to the file).`;
  if (strict) throw new SecretsError("INVALID_CONFIGURATION", message, { reason: "FILE_MOUNTED" });
  logger.warn({ code: "ARCHESTRA_SECRETS_DATABASE_FILE_MOUNTED", path }, message);
}

function isMountPoint(path: string): boolean {
  return readMounts().some((mount) => mount.path === path);
}

/** A file system, and where it is mounted. */
export interface Mount {
  readonly path: string;
  /** Such as `ext4` or `nfs4`. */
  readonly type: string;
}

/** The mount that a file is on. Undefined: it is not known. */
export function mountOf(file: string): Mount | undefined {
  const holds = ({ path }: Mount) => path === "/" || file === path || file.startsWith(`${path}/`);
  return readMounts()
    .filter(holds)
    .reduce<Mount | undefined>(
      (best, one) => (one.path.length >= (best?.path.length ?? 0) ? one : best),
      undefined,
    );
}

/** Only Linux has a list of mounts to read. */
function readMounts(): Mount[] {
  if (process.platform !== "linux") return [];
  try {
    const lines = readFileSync("/proc/self/mountinfo", "utf8").split("\n");
    return lines.filter(Boolean).map((line) => ({
      path: unescapePath(line.split(" ", 5)[4] ?? ""),
      type: line.split(" - ")[1]?.split(" ", 1)[0] ?? "",
    }));
  } catch {
    return [];
  }
}

/** A space, a tab, a line feed and a backslash are written in octal. */
function unescapePath(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
