import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { SeededRandom } from "@archestra/test-harness/seeded-random";
import { type CutMoment, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished } from "vitest";
import { proxiedEnv } from "../support/faulty-vault.ts";
import { appRoleEnv, prepareAppRole } from "../support/open-vault.ts";
import type { LoadFigures } from "../support/truthful-load.ts";
import type { SoakOrder, SoakReport } from "./soaking-process.ts";

/** What a run showed. */
export interface SoakFigures extends LoadFigures {
  readonly seconds: number;
  readonly faults: Readonly<Record<string, number>>;
  /** Bytes after forced collections. */
  readonly heap: readonly number[];
  /** Bytes a minute, by linear regression over the second half. */
  readonly slope: number;
  readonly looked: number;
}

type Ended = Extract<SoakReport, { report: "ended" }>;
type Sample = Extract<SoakReport, { report: "sample" }>;

const program = fileURLToPath(new URL("soaking-process.ts", import.meta.url));
const moments: readonly [CutMoment, ...CutMoment[]] = [
  "before",
  "in-request",
  "after",
  1,
  "answered",
  "in-answer",
];

/**
 * Reads and writes for a long time in a process of its own, through a proxy that cuts connections at random, while Vault is
 * sealed and unsealed, restarted and frozen, and the token is revoked; then checks what is left.
 */
export async function soak(seconds: number, seed: number): Promise<SoakFigures> {
  const random = new SeededRandom(seed);
  const server = await vaultOfTest({ storage: "persistent" });
  const role = await prepareAppRole(server, { tokenTtl: "60s", tokenMaxTtl: "120s" });
  const before = await server.accessors();
  const proxy = await startCuttingProxy(server.port);
  onTestFinished(() => proxy.stop());
  const text = `soaked-${crypto.randomUUID()}`;
  const child = fork(program, { execArgv: ["--expose-gc"], stdio: ["ignore", "pipe", "pipe", "ipc"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  const output = outputOf(child);
  const samples: Sample[] = [];
  const reports = new EventEmitter();
  const begun = once(reports, "begun");
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on("message", (report: SoakReport) => {
      reports.emit(report.report);
      if (report.report === "sample") samples.push(report);
      if (report.report === "ended") resolve(report);
    });
    child.once("exit", (code) => reject(new Error(`The process ended with ${code}: ${output.join("")}`)));
  });
  ended.catch(() => undefined);
  await once(child, "message");
  const sampleEvery = Math.min(15_000, (seconds * 1_000) / 10);
  send(child, { order: "begin", env: proxiedEnv(proxy, appRoleEnv(role)), text, sampleEvery });
  // What it begins with has to succeed.
  await Promise.race([begun, ended]);

  const faults: Record<string, number> = {};
  const kinds = {
    async cut() {
      proxy.cutAt(undefined, random.of(moments), 1 + random.below(5));
    },
    async drop() {
      proxy.drop();
    },
    async refuse() {
      await proxy.refuse();
      await sleep(random.below(500));
      await proxy.heal();
    },
    async hang() {
      proxy.hang();
      await sleep(random.below(1_500));
      await proxy.heal();
    },
    async seal() {
      await server.seal();
      await sleep(random.below(500));
      await server.unseal();
    },
    async freeze() {
      await server.freeze();
      await sleep(random.below(1_000));
      await server.thaw();
    },
    async revoke() {
      for (const accessor of await server.accessors())
        if (!before.includes(accessor)) await server.revokeAccessor(accessor).catch(() => undefined);
      // A fault that cut the login would leave a token that nobody knows.
      const recovered = once(reports, "recovered");
      send(child, { order: "recover" });
      await Promise.race([recovered, ended]);
    },
    async restart() {
      await server.restart(random.below(2) === 0 ? "SIGKILL" : "SIGTERM");
    },
  };
  const names = Object.keys(kinds) as [keyof typeof kinds, ...(keyof typeof kinds)[]];
  const end = Date.now() + seconds * 1_000;
  for (let turn = 0; Date.now() < end; turn++) {
    await sleep(Math.min(200 + random.below(1_800), Math.max(0, end - Date.now())));
    // Each kind at the beginning, so that short runs have all; then more cuts than anything else.
    const kind = names[turn] ?? (random.below(2) === 0 ? "cut" : random.of(names));
    faults[kind] = (faults[kind] ?? 0) + 1;
    await kinds[kind]();
  }
  await proxy.heal();
  send(child, { order: "end" });
  const { figures, resources, looked, shown } = await ended;
  await once(child, "exit");

  expect(figures.lies).toEqual([]);
  expect(shown).toBe(0);
  expect(output.join("")).not.toContain(text);
  expect(output.join("")).not.toMatch(/hvs\.[\w-]{20}/);
  // What belongs to the channel to the parent and to the streams.
  expect(resources.filter((resource) => !/^(Pipe|PipeWrap|TTYWrap)$/.test(resource))).toEqual([]);
  // The token that was logged in last is revoked, and so are those before it, by us or by the faults.
  expect(await server.accessors()).toEqual(before);
  return {
    ...figures,
    seconds,
    faults,
    heap: samples.map(({ heap }) => heap),
    slope: slopeOf(samples.slice(samples.length >> 1)) * 60,
    looked,
  };
}

/** Bytes a second that the heap grows by, by least squares. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (numbers: readonly number[]) =>
    numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const meanTime = mean(samples.map(({ seconds }) => seconds));
  const meanHeap = mean(samples.map(({ heap }) => heap));
  let covariance = 0;
  let variance = 0;
  for (const { seconds, heap } of samples) {
    covariance += (seconds - meanTime) * (heap - meanHeap);
    variance += (seconds - meanTime) ** 2;
  }
  return variance === 0 ? 0 : covariance / variance;
}

function send(child: ChildProcess, order: SoakOrder): void {
  child.send(order);
}

function outputOf(child: ChildProcess): string[] {
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream?.on("data", (chunk: Buffer) => output.push(String(chunk)));
  return output;
}
