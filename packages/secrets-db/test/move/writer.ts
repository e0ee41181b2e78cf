/*
 * A process that creates, changes and deletes secrets of its own, one call after the other, and prints what became of each
 * call. It ends when its database has refused twenty changes because it was moved.
 */
import { writeSync } from "node:fs";
import { createSecretsManager, isSecretsError } from "@archestra/secrets-core";
import { dbPlugin } from "../../src/index.ts";
import type { WriterLine } from "./live-writers.ts";

const [prefix = "writer"] = process.argv.slice(2);
const manager = await createSecretsManager({ plugins: [dbPlugin()], logger: { warn: () => {} } });
const print = (line: WriterLine) => writeSync(1, `${JSON.stringify(line)}\n`);
print({ what: "ready" });
for (let n = 1, refused = 0; refused < 20; n++) {
  const name = `${prefix}/${n % 37}`;
  try {
    if (n % 11 === 0) {
      if (await manager.delete(name)) print({ what: "deleted", name });
    } else {
      const { version } = await manager.set(name, { n, filling: "x".repeat((n * 13) % 500) });
      print({ what: "written", name, n, version });
    }
  } catch (error) {
    if (!isSecretsError(error)) throw error;
    const { code, reason = "", retryable, message } = error;
    if (reason === "DATABASE_MOVED") refused++;
    print({ what: "refused", code: `${code} ${reason} ${retryable ? "retryable" : "final"}`, message });
  }
}
const { status, problems } = await manager.check();
print({ what: "checked", status, reasons: problems.map(({ reason }) => reason ?? "") });
await manager.close();
