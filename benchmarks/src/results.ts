import { mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus } from "node:os";
import { join } from "node:path";

const folder = join(import.meta.dirname, "../results");

/** Writes a result to `results/<name>.json`, together with where it was measured. */
export function writeResult(name: string, result: object): void {
  const environment = {
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
  };
  mkdirSync(folder, { recursive: true });
  const text = JSON.stringify({ name, measured: new Date().toISOString(), environment, ...result }, null, 2);
  writeFileSync(join(folder, `${name}.json`), `${text}\n`);
}
