import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Environment } from "@archestra/secrets-core";
import type { ApplicationOptions, ApplicationReport } from "../processes/application-process.ts";
import type { Progress, Work } from "../processes/migrating-process.ts";

/** An application that runs until `end`. */
export class Application {
  readonly #child: ChildProcess;

  static async start(env: Environment, options: ApplicationOptions): Promise<Application> {
    const child = start("application-process.ts", env, options);
    await messageOf(child);
    return new Application(child);
  }

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  async end(): Promise<ApplicationReport> {
    const report = messageOf(this.#child);
    this.#child.send("end");
    return (await report) as ApplicationReport;
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/**
 * Runs a migrating process to its end, or kills it as soon as it has reported that so many secrets are done.
 *
 * @returns how many it reported, and its report unless it was killed
 */
export async function runMigratingProcess(
  env: Environment,
  work: Work,
  killAfter = Number.POSITIVE_INFINITY,
): Promise<{ readonly done: number; readonly report: Progress["report"] }> {
  const child = start("migrating-process.ts", env, work);
  const exit = once(child, "exit");
  let done = 0;
  let report: Progress["report"];
  child.on("message", (progress: Progress) => {
    if (progress.report === undefined) done = progress.done;
    else report = progress.report;
    if (done >= killAfter) child.kill("SIGKILL");
  });
  const [code, signal] = await exit;
  if (code !== 0 && signal !== "SIGKILL")
    throw new Error(`The migrating process ended with ${code ?? signal}.`);
  return { done, report };
}

function start(program: string, env: Environment, argument: unknown): ChildProcess {
  const file = fileURLToPath(new URL(`../processes/${program}`, import.meta.url));
  return fork(file, [JSON.stringify(argument)], {
    env: { ...process.env, ...env },
    execArgv: ["--disable-warning=ExperimentalWarning"],
  });
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const message = once(child, "message").then(([content]: unknown[]) => content);
  const ended = once(child, "exit").then(([code, signal]) => {
    throw new Error(`A process ended by itself: ${code ?? signal}.`);
  });
  return Promise.race([message, ended]);
}
