import { type ChildProcess, fork, type Serializable } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { beforeAll, onTestFinished } from "vitest";
import type { Commands, Failure, Order, Report } from "../processes/agent.ts";
import { compileCache } from "./compile-cache.ts";
import { showsPlantedText } from "./planted.ts";

const program = fileURLToPath(new URL("../processes/agent.ts", import.meta.url));

/** What a command gave, or the error of ours that it ended with. */
export type Outcome<Result> =
  | { readonly result: Result; readonly failure?: undefined }
  | { readonly failure: Failure };

/** Another process with this package in it. */
export class Agent {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, (report: Report) => void>();
  #output = "";
  #orders = 0;

  constructor(child: ChildProcess) {
    this.#child = child;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on("data", (chunk: Buffer) => {
        this.#output += chunk.toString();
      });
    }
    child.on("message", (report: Report | "ready") => {
      if (report !== "ready") this.#waiting.get(report.id)?.(report);
    });
  }

  /** Everything that it printed. */
  get output(): string {
    return this.#output;
  }

  /** Lets it do something, and gives what came of it. */
  async try<Command extends keyof Commands>(
    command: Command,
    ...parameters: Parameters<Commands[Command]>
  ): Promise<Outcome<Awaited<ReturnType<Commands[Command]>>>> {
    const order: Order = { id: ++this.#orders, command, parameters };
    const report = new Promise<Report>((resolve, reject) => {
      this.#waiting.set(order.id, resolve);
      this.#child.once("exit", () => reject(new Error(`The agent died at ${command}: ${this.#output}`)));
    });
    this.#child.send(order as unknown as Serializable);
    return (await report) as Outcome<Awaited<ReturnType<Commands[Command]>>>;
  }

  /** The same for what must succeed. */
  async do<Command extends keyof Commands>(
    command: Command,
    ...parameters: Parameters<Commands[Command]>
  ): Promise<Awaited<ReturnType<Commands[Command]>>> {
    const outcome = await this.try(command, ...parameters);
    if (outcome.failure === undefined) return outcome.result;
    throw new Error(`${command} failed in the agent: ${outcome.failure.code} ${outcome.failure.message}`);
  }

  /** Ends it as a power failure would. */
  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.removeAllListeners("exit");
    const exit = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exit;
  }
}

/** Starts processes that are ready for commands, and ends them with the test. Nothing that they print may show a planted text. */
export async function startAgents(count: number, folder?: string): Promise<Agent[]> {
  const { agents, end, ready } = forkAgents(count, folder);
  onTestFinished(end);
  await ready;
  return agents;
}
/** The same for one. */
export async function startAgent(folder?: string): Promise<Agent> {
  const [agent] = await startAgents(1, folder);
  if (agent === undefined) throw new Error("No agent was started.");
  return agent;
}

/** The same for all tests of a file, each of which takes as many as it needs and closes what it has opened in them. */
export function shareAgents(count: number): (needed: number) => Promise<Agent[]> {
  let shared: Agent[] = [];
  beforeAll(async () => {
    const { agents, end, ready } = forkAgents(count);
    await ready;
    shared = agents;
    return end;
  });
  return async (needed) => {
    if (needed > shared.length) throw new Error(`There are ${shared.length} agents, and not ${needed}.`);
    const taken = shared.slice(0, needed);
    onTestFinished(async () => {
      await Promise.all(taken.map((agent) => agent.do("close")));
    });
    return taken;
  };
}

function forkAgents(count: number, folder?: string) {
  const children = Array.from({ length: count }, () =>
    fork(program, {
      cwd: folder,
      env: { ...process.env, ...compileCache },
      execArgv: ["--disable-warning=ExperimentalWarning"],
      silent: true,
    }),
  );
  const agents = children.map((child) => {
    child.setMaxListeners(0);
    return new Agent(child);
  });
  const end = async () => {
    await Promise.all(agents.map((agent) => agent.kill()));
    if (agents.some(({ output }) => showsPlantedText(output))) {
      throw new Error("The output of another process shows a planted text.");
    }
  };
  return { agents, end, ready: Promise.all(children.map((child) => once(child, "message"))) };
}
