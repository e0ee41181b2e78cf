import { SeededRandom } from "@archestra/test-harness/seeded-random";

/** What can happen to a run. */
export type FaultName =
  /** The application's transactions have all connections. */
  | "exhausted pool"
  /** All connections freeze, and new ones work. */
  | "frozen connections"
  /** A connection breaks in the middle of a change. */
  | "cut connection"
  | "terminated sessions"
  /** Another session locks the table. */
  | "locked table"
  | "read-only database"
  | "failover"
  | "killed process"
  /** Another process has the write lock of the file. */
  | "locked file";

/** What a run is made of. */
export interface RunPlan {
  readonly seed: number;
  readonly database: "sqlite" | "postgres";
  /** Whose connections the clients of this process use. */
  readonly pool: "own" | "application";
  /** How many connections the application's pool has. SQLite has one. */
  readonly connections: number;
  /** Which clients there are: in this process, where they share a manager, or each in a process of its own. */
  readonly clients: readonly ("here" | "process")[];
  readonly faults: readonly FaultName[];
  /** Whether the managers are closed before the faults end. */
  readonly closesEarly: boolean;
}

const clientChoices: readonly [RunPlan["clients"], ...RunPlan["clients"][]] = [
  ["here", "here"],
  ["here", "here", "here"],
  ["here", "process"],
  ["here", "here", "process"],
  ["here", "here", "process", "process"],
  ["process", "process"],
];
const faultsOfServer: readonly FaultName[] = ["terminated sessions", "locked table", "read-only database"];
/** A failover takes seconds: one run in so many has one. */
const RUNS_A_FAILOVER = 20;

/** Chooses what happens in the run of a seed. */
export function planRun(seed: number): RunPlan {
  const random = new SeededRandom(seed * 31 + 7);
  for (let draw = 0; draw < 3; draw++) random.below(2);
  const database = seed % 2 === 0 ? "postgres" : "sqlite";
  const pool = random.below(2) === 0 ? "own" : "application";
  const clients = random.of(clientChoices);
  const isFailover = seed % RUNS_A_FAILOVER === 8;
  const faults = new Set<FaultName>(isFailover ? ["failover"] : []);
  // Those of a server's sessions need a server, which a failover takes away for a while.
  const serverFaults: readonly FaultName[] = isFailover ? [] : faultsOfServer;
  const possible = possibleFaults(database, pool, clients, serverFaults);
  const count = 1 + random.below(2);
  for (let index = 0; index < count; index++) faults.add(random.of(possible));
  return {
    seed,
    database,
    pool,
    connections: random.of([1, 1, 2, 3]),
    clients,
    faults: [...faults],
    closesEarly: random.below(3) === 0,
  };
}

function possibleFaults(
  database: RunPlan["database"],
  pool: RunPlan["pool"],
  clients: RunPlan["clients"],
  serverFaults: readonly FaultName[],
): readonly [FaultName, ...FaultName[]] {
  const killed: FaultName[] = clients.includes("process") ? ["killed process"] : [];
  const exhausted: FaultName[] = pool === "application" && clients.includes("here") ? ["exhausted pool"] : [];
  const common = [...killed, ...exhausted, ...exhausted];
  if (database === "sqlite") return ["locked file", ...common];
  return ["frozen connections", "cut connection", ...serverFaults, ...common];
}
