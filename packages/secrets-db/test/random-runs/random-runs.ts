import { onTestFinished } from "vitest";
import { CallerPool } from "./caller-process.ts";
import { seeStatements } from "./late-statements.ts";
import { runOnce } from "./random-run.ts";
import { PostgresUnderTest } from "./run-database.ts";
import { planRun, type RunPlan } from "./run-plan.ts";

/** How many runs are in progress at a time: most of a run is waiting. */
const LANES = 4;

/** What random runs came to. */
export interface RunsSummary {
  readonly runs: number;
  readonly calls: number;
  /** How often each call ended how. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** How many runs had each fault, and how many were on which database. */
  readonly kinds: Readonly<Record<string, number>>;
}

/**
 * Makes so many random runs, each with the next seed.
 *
 * @param options.firstSeed `RANDOM_RUNS_SEED` when that is set, or else another one each time
 * @throws Error with the seed of the first run that failed
 */
export async function checkRandomRuns(options: {
  readonly runs: number;
  readonly firstSeed?: number;
}): Promise<RunsSummary> {
  const { runs, firstSeed = firstSeedOfRun() } = options;
  seeStatements();
  const plans = Array.from({ length: runs }, (_, index) => planRun(firstSeed + index));
  const isFailover = ({ faults }: RunPlan) => faults.includes("failover");
  const outcomes = new Map<string, number>();
  const kinds = new Map<string, number>();
  let isOver = false;

  /** Makes runs one after the other, with processes and a database of its own. */
  const goThrough = async (lane: RunPlan[], isPair: boolean) => {
    if (lane.length === 0) return;
    const callers = new CallerPool();
    onTestFinished(() => callers.end());
    const postgres = await PostgresUnderTest.create(isPair);
    for (let plan = lane.shift(); plan !== undefined && !isOver; plan = lane.shift()) {
      for (const [call, times] of await runOnce(plan, { postgres, callers })) add(outcomes, call, times);
      for (const kind of [plan.database, `${plan.pool} pool`, ...plan.faults]) add(kinds, kind, 1);
      if (plan.closesEarly) add(kinds, "closed early", 1);
      if (isPair && lane.length > 0) await postgres.repair();
    }
  };

  const common = plans.filter((plan) => !isFailover(plan));
  const lanes = Array.from({ length: Math.min(LANES, runs) }, () => goThrough(common, false));
  lanes.push(goThrough(plans.filter(isFailover), true));
  try {
    await Promise.all(lanes);
  } finally {
    isOver = true;
  }
  const calls = [...outcomes.values()].reduce((sum, times) => sum + times, 0);
  return { runs, calls, outcomes: sorted(outcomes), kinds: sorted(kinds) };
}

function firstSeedOfRun(): number {
  const { RANDOM_RUNS_SEED } = process.env;
  return RANDOM_RUNS_SEED === undefined ? Math.floor(Math.random() * 2 ** 20) * 20 : Number(RANDOM_RUNS_SEED);
}

function add(counts: Map<string, number>, what: string, times: number): void {
  counts.set(what, (counts.get(what) ?? 0) + times);
}

function sorted(counts: ReadonlyMap<string, number>): Record<string, number> {
  return Object.fromEntries([...counts].sort());
}
