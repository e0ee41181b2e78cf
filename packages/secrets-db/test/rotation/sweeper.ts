/*
 * A process that sweeps to the current key, and is killed. It prints a line when it begins, and one for each part of the
 * table that it has moved.
 */
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { openRotation } from "../../src/index.ts";

const rotation = await openRotation();
flushCompileCache();
writeSync(1, "begun\n");
await rotation.sweep({ onProgress: () => void writeSync(1, "moved\n") });
// Whoever is to kill it may be slow, or gone.
await sleep(60_000);
await rotation.close();
