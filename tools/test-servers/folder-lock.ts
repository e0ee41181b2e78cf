import { mkdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** How often the holder says that it is alive, and others look. */
const BEAT_MILLISECONDS = 1_000;
/** A holder that has said nothing for this long was killed. */
const STALE_MILLISECONDS = 15_000;

/**
 * Runs this while no other process runs anything under the same folder's lock. The holder is known to be alive by the time
 * of its file and not by its process id, which says nothing where containers share the folder.
 *
 * @param onWait called once, when another process has the lock
 */
export async function withFolderLock<Result>(
  folder: string,
  run: () => Promise<Result>,
  onWait: () => void,
): Promise<Result> {
  await mkdir(folder, { recursive: true });
  const file = join(folder, "lock");
  for (let waited = false; !(await take(file)); await sleep(BEAT_MILLISECONDS)) {
    if (!waited) onWait();
    waited = true;
  }
  const beat = setInterval(() => {
    const now = new Date();
    utimes(file, now, now).catch(() => {});
  }, BEAT_MILLISECONDS);
  try {
    return await run();
  } finally {
    clearInterval(beat);
    await rm(file, { force: true });
  }
}

async function take(file: string): Promise<boolean> {
  try {
    await writeFile(file, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const held = await stat(file).catch(() => undefined);
  if (held !== undefined && Date.now() - held.mtimeMs > STALE_MILLISECONDS) await rm(file, { force: true });
  return false;
}
