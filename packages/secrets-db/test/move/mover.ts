/*
 * A process that moves a database, and is killed. It prints a line when it begins, one for each part of each phase, and one
 * when it has ended.
 */
import { writeSync } from "node:fs";
import { moveDatabase } from "../../src/index.ts";

const [from = "", to = ""] = process.argv.slice(2);
writeSync(1, "begun\n");
await moveDatabase({
  from: { url: from },
  to: { url: to },
  onProgress: ({ phase }) => void writeSync(1, `${phase}\n`),
});
writeSync(1, "ended\n");
