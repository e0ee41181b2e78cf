import type { Logger } from "@archestra/secrets-core";

const { chmodSync, statSync } = process.getBuiltinModule("node:fs");

const OTHERS = 0o007;

/** Whether all users of the machine have access to a file. */
export function isOpenToOthers(path: string): boolean {
  return process.platform !== "win32" && ((modeOf(path) ?? 0) & OTHERS) !== 0;
}

/**
 * Takes from all users but the owner and the group what they may do with a database file that is open, such as one that
 * came from a backup. The group's permissions are the operator's choice and stay. `-wal` and `-shm` get the mode of the
 * file, as SQLite itself gives it to those that it makes.
 *
 * @param path of the file itself, not of a link to it
 */
export function restrictModes(path: string, logger: Logger): void {
  if (process.platform === "win32") return;
  const found = modeOf(path);
  if (found === undefined) return;
  const mode = found & ~OTHERS;
  if (found !== mode) {
    const isDone = changeMode(path, mode);
    logger.warn(
      { code: "ARCHESTRA_SECRETS_DATABASE_MODE", path, mode: found.toString(8) },
      isDone ? closedToOthers(path, found, mode) : openToOthers(path, found),
    );
    if (!isDone) return;
  }
  for (const file of [`${path}-wal`, `${path}-shm`]) {
    if ((modeOf(file) ?? mode) !== mode) changeMode(file, mode);
  }
}

function closedToOthers(path: string, found: number, mode: number): string {
  const group =
    (mode & 0o070) === 0 ? "" : ` Its group keeps its permissions; to remove them: chmod 600 ${path}`;
  return `The database file ${path} was accessible to all users of the machine (mode ${found.toString(8)}). Its mode is now ${mode.toString(8)}.${group}`;
}

function openToOthers(path: string, found: number): string {
  return `The database file ${path} is accessible to all users of the machine (mode ${found.toString(8)}), and this process is not permitted to change that. Run: chmod o-rwx ${path}`;
}

function changeMode(path: string, mode: number): boolean {
  try {
    chmodSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Undefined: the file does not exist. */
function modeOf(path: string): number | undefined {
  const status = statSync(path, { throwIfNoEntry: false });
  return status === undefined ? undefined : status.mode & 0o777;
}
