import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const module = fileURLToPath(new URL("../free-port.ts", import.meta.url));
const program = `
  const { freePort } = await import(${JSON.stringify(module)});
  const ports = [];
  while (ports.length < 400) ports.push(await freePort());
  // Stays, and keeps what it was given, until it is ended.
  process.on("message", () => {});
  process.send(ports);`;

test("processes that ask at the same time never get the same port, though none has bound its own yet", async () => {
  const folder = await mkdtemp(join(tmpdir(), "archestra-ports-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "asks.mjs");
  await writeFile(file, program);
  const processes = [0, 1, 2].map(() => fork(file, { execArgv: [] }));
  onTestFinished(() => void processes.map((started) => started.kill("SIGKILL")));
  const ports = (await Promise.all(processes.map(portsOf))).flat();
  expect(ports).toHaveLength(1200);
  expect(new Set(ports).size).toBe(1200);
});

async function portsOf(started: ChildProcess): Promise<number[]> {
  const [ports] = (await once(started, "message")) as [number[]];
  return ports;
}
