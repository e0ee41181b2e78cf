import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Environment } from "@archestra/secrets-core";
import { expect } from "vitest";
import { compileCache } from "../support/compile-cache.ts";
import { startManager } from "../support/open-manager.ts";

const program = fileURLToPath(new URL("./writer.ts", import.meta.url));

/**
 * Kills a writing process so many times, each time at another moment of its writing, and looks after each whether every
 * acknowledged write is there and every row opens.
 */
export async function killWriters(env: Environment, times: number): Promise<{ acknowledged: number }> {
  const acknowledged = new Map<string, number>();
  // Of each name, what was begun and may happen yet: the server can carry out a statement after its client has died.
  const begun = new Map<string, Set<number>>();
  let writes = 0;
  let counter = 1;
  for (let kill = 0; kill < times; kill++) {
    // The first writer also makes the tables; some are killed while they open.
    const isKilledEarly = kill % 10 === 9;
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", program, String(counter)],
      {
        env: { ...process.env, ...compileCache, ...env },
        stdio: ["ignore", "pipe", "inherit"],
      },
    );
    const exit = once(child, "exit");
    const lines = createInterface(child.stdout);
    // On the slowest machine every second one has written something, too.
    let killAfter: string | undefined = kill % 2 === 0 ? "acknowledged" : "ready";
    const delay = Math.random() * (isKilledEarly ? 150 : 60);
    if (isKilledEarly) setTimeout(() => child.kill("SIGKILL"), delay);
    for await (const line of lines) {
      const [what, name = "", number] = line.split(" ");
      if (what === killAfter && !isKilledEarly) {
        killAfter = undefined;
        setTimeout(() => child.kill("SIGKILL"), delay);
      }
      if (what === "begun") begun.set(name, (begun.get(name) ?? new Set()).add(Number(number)));
      if (what === "acknowledged") acknowledged.set(name, Number(number));
      if (what === "acknowledged") writes++;
    }
    // A writer that ended by itself has failed, and would make the test prove nothing.
    expect(await exit).toEqual([null, "SIGKILL"]);
    counter = Math.max(counter, ...[...begun.values()].flatMap((counters) => [...counters])) + 1;

    const manager = await startManager(env);
    const results = await manager.getMany([...new Set([...begun.keys(), ...acknowledged.keys()])]);
    for (const [name, result] of results) {
      if (result.status === "failed") throw result.error;
      const stored = result.status === "found" ? Number(result.secret.value.counter) : 0;
      const known = acknowledged.get(name) ?? 0;
      const possible = [...(begun.get(name) ?? [])].filter((number) => number > known);
      expect([known, ...possible]).toContain(stored);
      // What was begun and is there is from now on as good as acknowledged.
      acknowledged.set(name, stored);
      begun.set(name, new Set(possible.filter((number) => number > stored)));
    }
    await manager.close();
  }
  return { acknowledged: writes };
}
