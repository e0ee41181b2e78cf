/*
 * Runs a server for supervised-process.ts, so that it ends with the process that started it, however that ends: the channel
 * to this process closes then. What a killed process leaves behind, nobody else would end.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { openSync } from "node:fs";
import { rm } from "node:fs/promises";
import { stopProcess } from "./process-stop.ts";

/** What the supervisor is asked. */
export type SupervisorOrder =
  | {
      readonly order: "start";
      readonly command: string;
      readonly parameters: readonly string[];
      readonly environment: Readonly<Record<string, string>>;
      /** The file that takes what the server writes. */
      readonly log: string;
    }
  /** Ends it. */
  | { readonly order: "end"; readonly signal: NodeJS.Signals }
  | { readonly order: "freeze" | "thaw" };

/** What the supervisor says. */
export type SupervisorReport =
  | { readonly report: "started"; readonly pid: number | undefined }
  /** Nothing of it runs any more, or it may run again. A failure: it does neither. */
  | { readonly report: "frozen" | "thawed"; readonly failure?: string }
  | { readonly report: "ended"; readonly how: string };

const folder = process.argv[2] as string;
let server: ChildProcess | undefined;
const say = (report: SupervisorReport) => {
  if (process.connected) process.send?.(report);
};

// A terminal sends these to all processes at once. The end of the channel decides.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => {});

process.on("message", (order: SupervisorOrder) => {
  if (order.order === "start") start(order);
  else if (order.order === "end") server?.kill(order.signal);
  else void obey(order.order);
});

function start(order: Extract<SupervisorOrder, { order: "start" }>): void {
  const log = openSync(order.log, "a");
  const started = spawn(order.command, order.parameters, {
    cwd: folder,
    env: order.environment,
    stdio: ["ignore", log, log],
  });
  server = started;
  let ended = false;
  const end = (how: string) => {
    if (ended) return;
    ended = true;
    server = undefined;
    say({ report: "ended", how });
  };
  started.on("error", (error) => end(error.message));
  started.on("exit", (code, signal) => end(signal ?? `exit code ${code}`));
  say({ report: "started", pid: started.pid });
}

async function obey(order: "freeze" | "thaw"): Promise<void> {
  const report = order === "freeze" ? "frozen" : "thawed";
  try {
    if (server?.pid === undefined) throw new Error("The server does not run.");
    if (order === "freeze") await stopProcess(server.pid);
    else server.kill("SIGCONT");
    say({ report });
  } catch (error) {
    say({ report, failure: String(error) });
  }
}

process.on("disconnect", async () => {
  const last = server;
  if (last !== undefined && last.exitCode === null && last.signalCode === null) {
    const exit = new Promise((resolve) => last.once("exit", resolve));
    last.kill("SIGKILL");
    await exit;
  }
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
});
