import { execFile, spawn } from "node:child_process";
import { promisify } from "node:util";
import { onTestFinished } from "vitest";

/** Long after the time that a reader may wait, on any machine. */
const RESCUE_AFTER = 20_000;

/**
 * Writes a line into a pipe from another process, which a reader that blocks its own process cannot stop. It comes in two
 * parts, between which the pipe is empty and still open.
 */
export async function writeInParts(path: string, text: string): Promise<void> {
  const half = Math.ceil(text.length / 2);
  const script = 'exec 3> "$3"; printf "%s" "$1" >&3; sleep 0.1; printf "%s\\n" "$2" >&3';
  await promisify(execFile)("sh", ["-c", script, "sh", text.slice(0, half), text.slice(half), path]);
}

/**
 * Writes a text into a pipe again and again from twenty seconds on, unless the test has finished before. Readers that wait
 * without a limit read it then, so that their test fails and does not hang.
 */
export function rescueReader(path: string, text: string): void {
  const program = `
    const [path, text] = process.argv.slice(1);
    const write = () => require("node:fs").writeFile(path, text, () => setTimeout(write, 10));
    setTimeout(write, ${RESCUE_AFTER});`;
  const writer = spawn(process.execPath, ["-e", program, path, text], { stdio: "ignore" });
  // One that waits for a reader does not hear a milder signal.
  onTestFinished(() => void writer.kill("SIGKILL"));
}
