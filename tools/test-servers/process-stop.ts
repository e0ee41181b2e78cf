import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";

const POLL_MILLISECONDS = 2;

/**
 * Stops a process by SIGSTOP and waits until it is suspended. The signal alone is no promise: it wakes one thread, which stops
 * the others when it gets its turn, and on a busy machine they answer requests until then.
 *
 * @throws Error when there is no such process
 */
export async function stopProcess(pid: number): Promise<void> {
  process.kill(pid, "SIGSTOP");
  while (!(await standsStill(pid))) await sleep(POLL_MILLISECONDS);
}

async function standsStill(pid: number): Promise<boolean> {
  if (process.platform !== "linux") {
    const { stdout } = await promisify(execFile)("ps", ["-o", "state=", "-p", String(pid)]);
    return stdout.trim().startsWith("T");
  }
  const threads = await readdir(`/proc/${pid}/task`);
  const states = await Promise.all(threads.map((thread) => threadState(pid, thread)));
  return states.every((state) => state === undefined || state === "T");
}

/** The letter of proc(5): T is stopped by a signal. Undefined: the thread has ended meanwhile. */
async function threadState(pid: number, thread: string): Promise<string | undefined> {
  const line = await readFile(`/proc/${pid}/task/${thread}/stat`, "utf8").catch(() => undefined);
  // The name before it stands in parentheses and may hold any.
  return line?.charAt(line.lastIndexOf(")") + 2);
}
