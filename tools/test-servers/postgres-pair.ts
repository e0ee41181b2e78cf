import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PairOrder, PairReport } from "./postgres-pair-process.ts";

const program = fileURLToPath(new URL("./postgres-pair-process.ts", import.meta.url));

/** One of the two servers. */
export type PairMember = "first" | "second";

/** How a server stops: it ends its sessions first, or it is killed. */
export type PairStop = "fast" | "kill";

/**
 * Two PostgreSQL servers with the same data: a primary, and a hot standby that follows it by streaming replication and serves
 * reads. At first, `first` is the primary. Commits wait for the standby, so that a failover loses none that was acknowledged.
 */
export interface PostgresPair {
  /** The URL of each one's database `postgres`. */
  readonly urls: Readonly<Record<PairMember, string>>;
  /** Lets a standby become a primary. It resolves when the standby accepts writes. The other server is not informed. */
  promote(member: PairMember): Promise<void>;
  /** Stops a server. @param how `fast` sends all that was committed to the standby first */
  stop(member: PairMember, how: PairStop): Promise<void>;
  /** From now on a server does nothing, until it is thawed. */
  freeze(member: PairMember): Promise<void>;
  /** Lets a frozen server go on. */
  thaw(member: PairMember): Promise<void>;
  /** Lets a server that was stopped follow the other one, which is a primary now. It gets a new copy of that one's data. */
  follow(member: PairMember): Promise<void>;
  /** Whether a commit on the primary waits for the standby. It has to be off while there is none, or nothing commits. */
  waitForStandby(primary: PairMember, waits: boolean): Promise<void>;
  /** Stops both and removes their data. */
  dispose(): Promise<void>;
}

/**
 * Starts the two servers on empty data folders. They stop with the process that started them, however that ends.
 *
 * @param settings settings of both servers, such as `{ max_connections: "200" }`
 */
export async function startPostgresPair(
  settings: Readonly<Record<string, string>> = {},
): Promise<PostgresPair> {
  const child = fork(program, [JSON.stringify(settings)], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exit = once(child, "exit");
  const ended = exit.then((): PairReport => ({ failure: "its process ended" }));
  let last = Promise.race([nextReport(), ended]);

  function nextReport(): Promise<PairReport> {
    return once(child, "message").then(([report]) => report as PairReport);
  }
  const order = (message: PairOrder): Promise<void> => {
    const answered = last.then(async () => {
      const report = Promise.race([nextReport(), ended]);
      child.send(message);
      return report;
    });
    last = answered;
    return answered.then((report) => {
      if ("failure" in report) throw new Error(`PostgreSQL did not ${message.order}:\n${report.failure}`);
    });
  };
  const dispose = async () => {
    if (child.connected) child.disconnect();
    await exit;
  };

  const report = await last;
  if (!("urls" in report)) {
    await dispose();
    throw new Error(`PostgreSQL did not start:\n${"failure" in report ? report.failure : ""}`);
  }
  return {
    urls: report.urls,
    promote: (member) => order({ order: "promote", member }),
    stop: (member, how) => order({ order: "stop", member, how }),
    freeze: (member) => order({ order: "freeze", member }),
    thaw: (member) => order({ order: "thaw", member }),
    follow: (member) => order({ order: "follow", member }),
    waitForStandby: (member, waits) => order({ order: "waitForStandby", member, waits }),
    dispose,
  };
}
