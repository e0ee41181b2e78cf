import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type MovePair, placeOf } from "./move-pairs.ts";

/** Where a mover is killed: at the line of this number among those of this text, or up to so many milliseconds later. */
export interface DeathPoint {
  readonly line: "begun" | "copy" | "final" | "verify";
  readonly number: number;
  readonly delay: number;
}

const program = fileURLToPath(new URL("./mover.ts", import.meta.url));

/** @returns the last line that it printed: `ended` when it was faster than its death */
export async function killMover(
  { source, target }: MovePair,
  { line, number, delay }: DeathPoint,
): Promise<string> {
  const child = spawn(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", program, placeOf(source).url, placeOf(target).url],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const exit = once(child, "exit");
  let last = "";
  let seen = 0;
  for await (const printed of createInterface(child.stdout)) {
    last = printed;
    if (printed !== line || ++seen !== number) continue;
    if (delay > 0) await sleep(Math.random() * delay);
    child.kill("SIGKILL");
  }
  const [code, signal] = await exit;
  if (signal !== "SIGKILL" && code !== 0) throw new Error(`The mover failed after ${last}.`);
  return last;
}
