/*
 * A process that sweeps to the current key, until it is killed or has done it. It prints a line when it begins, and one
 * for each part of the table that it has moved.
 */
import { writeSync } from "node:fs";
import { openRotation } from "../../src/index.ts";

const rotation = await openRotation();
writeSync(1, "begun\n");
await rotation.sweep({ onProgress: () => void writeSync(1, "moved\n") });
await rotation.close();
