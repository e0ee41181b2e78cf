/*
 * A process that uses Vault for a long time while its parent breaks things. It tells its parent how much it holds, and at
 * the end what it was told, what it still holds, and everything that it printed or could have printed of its errors.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { createSecretsManager, type Environment, isSecretsError } from "@archestra/secrets-core";
import { vaultPlugin } from "../../src/index.ts";
import { appRoleAuth } from "../support/app-role-auth.ts";
import { type LoadFigures, TruthfulLoad } from "../support/truthful-load.ts";

/** What the parent sends: to begin, to tell when calls that begin from now on succeed, or to end. */
export type SoakOrder =
  | {
      readonly order: "begin";
      readonly env: Environment;
      readonly text: string;
      readonly sampleEvery: number;
    }
  | { readonly order: "recover" }
  | { readonly order: "end" };

/** What the process reports: that it reads and writes from now on, that it does so again, how much it holds now, or how it ended. */
export type SoakReport =
  | { readonly report: "begun" }
  | { readonly report: "recovered" }
  | {
      readonly report: "sample";
      readonly seconds: number;
      readonly heap: number;
      readonly figures: LoadFigures;
    }
  | {
      readonly report: "ended";
      readonly figures: LoadFigures;
      /** What keeps a process alive, as Node names it, after the manager has closed. */
      readonly resources: readonly string[];
      /** How many errors and warnings were inspected, and how many of them showed the value or a token. */
      readonly looked: number;
      readonly shown: number;
    };

const collect = globalThis.gc;
if (collect === undefined) throw new Error("This process needs --expose-gc.");
const tell = (report: SoakReport) => void process.send?.(report);

let looked = 0;
let shown = 0;
let onEnd = () => {};
const ended = new Promise<void>((resolve) => {
  onEnd = resolve;
});

process.on("message", (order: SoakOrder) => {
  if (order.order === "end") onEnd();
  else if (order.order === "begin") void soak(order);
});

async function soak({ env, text, sampleEvery }: Extract<SoakOrder, { order: "begin" }>): Promise<void> {
  const look = (thing: unknown) => {
    looked++;
    const seen = [
      inspect(thing, { depth: 20 }),
      inspect(thing, { depth: 20, showHidden: true }),
      safeJson(thing),
    ];
    if (isSecretsError(thing)) seen.push(thing.message, thing.stack ?? "");
    if (seen.some((rendering) => rendering.includes(text) || /hvs\.[\w-]{20}/.test(rendering))) shown++;
  };
  process.on("warning", look);
  const manager = await createSecretsManager({
    plugins: [vaultPlugin(), appRoleAuth()],
    env,
    timeout: 3_000,
    logger: { warn: (fields, message) => look([fields, message]) },
  });
  const load = await new TruthfulLoad(manager, { text, pause: 5, onError: look }).begin();
  tell({ report: "begun" });
  process.on("message", (order: SoakOrder) => {
    if (order.order === "recover") void load.recovered().then(() => tell({ report: "recovered" }));
  });
  const startedAt = performance.now();
  const ending = new AbortController();
  void ended.then(() => ending.abort());
  while (!ending.signal.aborted) {
    await sleep(sampleEvery, undefined, { signal: ending.signal }).catch(() => undefined);
    for (let time = 0; time < 3; time++) await collect?.();
    const seconds = (performance.now() - startedAt) / 1_000;
    tell({ report: "sample", seconds, heap: process.memoryUsage().heapUsed, figures: load.figures });
  }
  await load.recovered();
  const figures = await load.end();
  await manager.close();
  process.off("warning", look);
  // Sockets that were destroyed close on the next turns.
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
  await sleep(50);
  tell({ report: "ended", figures, resources: process.getActiveResourcesInfo(), looked, shown });
  process.disconnect();
}

function safeJson(thing: unknown): string {
  try {
    return JSON.stringify(thing) ?? "";
  } catch {
    return "";
  }
}

process.send?.({ report: "ready" });
