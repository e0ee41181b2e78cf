import { createSecretsManager } from "@archestra/secrets-core";
import { HistoryClient, type HistoryManager } from "@archestra/test-harness/history-client";
import { HistoryRecorder } from "@archestra/test-harness/history-recorder";
import { explainNonLinearizable } from "@archestra/test-harness/linearizability";
import { SeededRandom } from "@archestra/test-harness/seeded-random";
import { dbPlugin } from "../../src/index.ts";
import { ApplicationPool } from "../support/application-pool.ts";
import type { CallerPool } from "./caller-process.ts";
import { LateStatements } from "./late-statements.ts";
import { RemoteManager, untilInTime } from "./remote-manager.ts";
import { calm, environmentOf, type PostgresUnderTest, SqliteUnderTest } from "./run-database.ts";
import { type Fault, makeFault } from "./run-faults.ts";
import type { RunPlan } from "./run-plan.ts";
import { WatchedManager } from "./watched-manager.ts";

const OPERATIONS_OF_A_CLIENT = 6;
const LONGEST_PAUSE = 60;
const LONGEST_UNTIL_FAULT = 150;
const LONGEST_FAULT = 900;
const NO_SWEEP_BY_ITSELF = 24 * 60 * 60_000;
/** Of the codes that callers get, those that promise that nothing happened and nothing will. */
const NOTHING_HAPPENED = ["TIMEOUT", "ABORTED", "UNAVAILABLE", "CLOSED"];

/** How often each call ended how, such as `create: TIMEOUT`. */
export type Outcomes = ReadonlyMap<string, number>;

/**
 * Lets clients call at random while things go wrong, ends the faults, waits until nothing is in progress, and reads what is
 * there. The whole has to be explained by a store that does one thing at a time, in which a call that promised that nothing
 * happened did nothing, a call that was acknowledged did what it says, and one of an unknown outcome did it or did not.
 *
 * @throws Error with the seed when it cannot
 */
export async function runOnce(
  plan: RunPlan,
  { postgres, callers }: { readonly postgres: PostgresUnderTest; readonly callers: CallerPool },
): Promise<Outcomes> {
  const run = new Run(plan, plan.database === "postgres" ? postgres : undefined, callers);
  try {
    return await run.execute();
  } catch (error) {
    throw new Error(`The random run of the seed ${plan.seed} failed: ${JSON.stringify(plan)}\n${error}`, {
      cause: error,
    });
  }
}

class Run {
  readonly #plan: RunPlan;
  readonly #postgres: PostgresUnderTest | undefined;
  readonly #sqlite: SqliteUnderTest | undefined;
  readonly #callers: CallerPool;
  readonly #random: SeededRandom;
  readonly #history: HistoryRecorder;
  readonly #statements = new LateStatements();
  readonly #applicationPool: ApplicationPool | undefined;
  #closing: (() => Promise<void>)[] = [];

  constructor(plan: RunPlan, postgres: PostgresUnderTest | undefined, callers: CallerPool) {
    this.#plan = plan;
    this.#postgres = postgres;
    this.#sqlite = postgres === undefined ? new SqliteUnderTest() : undefined;
    this.#callers = callers;
    this.#random = new SeededRandom(plan.seed);
    this.#history = new HistoryRecorder([`run/${plan.seed}/one`, `run/${plan.seed}/two`], NOTHING_HAPPENED);
    this.#applicationPool =
      postgres !== undefined && plan.pool === "application"
        ? new ApplicationPool(postgres.url, plan.connections)
        : undefined;
  }

  async execute(): Promise<Outcomes> {
    const { clients, closesEarly, seed } = this.#plan;
    const managers = await this.#openManagers();
    const remotes = managers.filter((manager) => manager instanceof RemoteManager);
    const locker = await this.#callers.take();
    const targets = {
      random: this.#random,
      postgres: this.#postgres,
      sqlite: this.#sqlite,
      applicationPool: this.#applicationPool,
      remotes,
      locker,
    };
    const faults = this.#plan.faults.map((name) => makeFault(name, targets));
    const faulty = faults.map((fault) => this.#happen(fault));
    // A client may fail before, and ends the run.
    for (const fault of faulty) fault.catch(() => {});
    await Promise.all(
      managers.map((manager, index) =>
        this.#call(manager, `client ${index} (${clients[index]})`, seed * 8 + index),
      ),
    );
    if (closesEarly) await this.#close();
    await Promise.all(faulty);
    await this.#quiet();
    await this.#close();
    await this.#quiet();
    this.#callers.give(locker);
    await this.#readAll();
    await this.#applicationPool?.destroy();
    await this.#sqlite?.close();
    return this.#check();
  }

  async #openManagers(): Promise<HistoryManager[]> {
    const timeouts: [number, ...number[]] = [300, 700, 1_500];
    const local = await this.#openLocal(this.#random.of(timeouts));
    const managers: HistoryManager[] = [];
    for (const client of this.#plan.clients) {
      if (client === "here") {
        managers.push(local);
        continue;
      }
      const remote = new RemoteManager(
        this.#callers,
        this.#environment(),
        this.#random.of(timeouts),
        new SeededRandom(this.#random.below(2 ** 30)),
      );
      await remote.start();
      this.#closing.push(() => remote.close());
      managers.push(remote);
    }
    return managers;
  }

  async #openLocal(timeout: number): Promise<WatchedManager> {
    const kysely =
      this.#plan.pool === "own" ? undefined : (this.#applicationPool?.kysely ?? this.#sqlite?.kysely);
    const manager = await untilInTime(() =>
      createSecretsManager({
        plugins: [dbPlugin({ kysely, sweepDelay: NO_SWEEP_BY_ITSELF })],
        env: this.#environment(),
        logger: { warn: () => {} },
        timeout,
      }),
    );
    const watched = new WatchedManager(
      manager,
      new SeededRandom(this.#random.below(2 ** 30)),
      this.#statements,
    );
    this.#closing.push(() => watched.close());
    return watched;
  }

  #environment() {
    return this.#sqlite?.environment ?? environmentOf(this.#postgres?.url ?? "");
  }

  async #call(manager: HistoryManager, client: string, seed: number): Promise<void> {
    const random = new SeededRandom(seed);
    const caller = new HistoryClient({ client, manager, history: this.#history, random });
    for (let operation = 0; operation < OPERATIONS_OF_A_CLIENT; operation++) {
      await pause(random.below(LONGEST_PAUSE));
      await caller.run(1);
    }
  }

  async #happen(fault: Fault): Promise<void> {
    await pause(this.#random.below(LONGEST_UNTIL_FAULT));
    const lasts = this.#random.below(LONGEST_FAULT);
    try {
      await fault.begin();
      await pause(lasts);
    } finally {
      await fault.end();
    }
  }

  async #close(): Promise<void> {
    await Promise.all(this.#closing.splice(0).map((close) => close()));
  }

  async #quiet(): Promise<void> {
    const pool = this.#applicationPool;
    if (pool !== undefined) await calm("the application's pool", () => pool.waiting === 0 && pool.used === 0);
    await this.#postgres?.quiet();
    await this.#sqlite?.quiet();
  }

  /** By a process that had no part in it, past the address. */
  async #readAll(): Promise<void> {
    const env = this.#sqlite?.environment ?? environmentOf(this.#postgres?.direct ?? "");
    const manager = new RemoteManager(this.#callers, env, 30_000, undefined);
    const random = new SeededRandom(0);
    const reader = new HistoryClient({ client: "reader", manager, history: this.#history, random });
    await reader.readAll();
    await manager.close();
  }

  #check(): Outcomes {
    const outcomes = new Map<string, number>();
    for (const operations of this.#history.operations.values()) {
      const problem = explainNonLinearizable(operations);
      if (problem !== undefined) throw new Error(problem);
      for (const { client, asked, answer } of operations) {
        if (client === "reader" && answer.is !== "read")
          throw new Error("What is there in the end could not be read.");
        const how = answer.is === "refused" || answer.is === "nothing" ? answer.code : answer.is;
        outcomes.set(`${asked.call}: ${how}`, (outcomes.get(`${asked.call}: ${how}`) ?? 0) + 1);
      }
    }
    if (this.#statements.late.length > 0) throw new Error(this.#statements.late.join("\n"));
    return outcomes;
  }
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
