import type { SeededRandom } from "@archestra/test-harness/seeded-random";
import type { CutMoment } from "@archestra/test-servers/cutting-proxy";
import { sql } from "kysely";
import type { Client } from "pg";
import type { ApplicationPool } from "../support/application-pool.ts";
import type { CallerProcess } from "./caller-process.ts";
import type { RemoteManager } from "./remote-manager.ts";
import { openSession, type PostgresUnderTest, type SqliteUnderTest } from "./run-database.ts";
import type { FaultName } from "./run-plan.ts";

/** Something that goes wrong for a while. */
export interface Fault {
  begin(): Promise<void>;
  /** Puts it right. Also called when it has not begun. */
  end(): Promise<void>;
}

/** What faults can happen to. */
export interface FaultTargets {
  readonly random: SeededRandom;
  readonly postgres?: PostgresUnderTest | undefined;
  readonly sqlite?: SqliteUnderTest | undefined;
  readonly applicationPool?: ApplicationPool | undefined;
  readonly remotes: readonly RemoteManager[];
  /** A process that has nothing else open. */
  readonly locker: CallerProcess;
}

/** Makes a fault of this name. */
export function makeFault(name: FaultName, targets: FaultTargets): Fault {
  const { sqlite, postgres } = targets;
  if (name === "killed process") return killedProcess(targets);
  if (sqlite !== undefined)
    return name === "locked file" ? lockedFile(sqlite, targets) : heldConnection(sqlite);
  if (postgres === undefined) throw new Error(`There is nothing that ${name} can happen to.`);
  return faultOfPostgres(name, postgres, targets);
}

function faultOfPostgres(name: FaultName, postgres: PostgresUnderTest, targets: FaultTargets): Fault {
  const { random, applicationPool } = targets;
  const { address } = postgres;
  switch (name) {
    case "exhausted pool":
      return {
        begin: async () => void applicationPool?.holdAll().catch(() => {}),
        end: async () => applicationPool?.release(),
      };
    case "frozen connections": {
      const isLost = random.below(2) === 0;
      return {
        begin: async () => void address.freeze(),
        end: async () => (isLost ? address.dropFrozen() : address.heal()),
      };
    }
    case "cut connection": {
      const moments: [CutMoment, ...CutMoment[]] = [
        "before",
        "in-request",
        "after",
        1,
        3,
        "answered",
        "in-answer",
      ];
      return {
        begin: async () =>
          address.cutAt(["insert into", "update", "delete from"], random.of(moments), 1 + random.below(3)),
        end: () => address.heal(),
      };
    }
    case "terminated sessions":
      return { begin: () => postgres.terminateSessions(), end: async () => {} };
    case "locked table":
      return lockedTable(postgres);
    case "read-only database":
      return { begin: () => postgres.setReadOnly(true), end: () => postgres.setReadOnly(false) };
    case "failover": {
      const addressFirst = random.below(2) === 0;
      let failingOver: Promise<void> | undefined;
      const failOver = () => {
        failingOver ??= postgres.failOver(addressFirst);
        return failingOver;
      };
      return { begin: failOver, end: failOver };
    }
    default:
      throw new Error(`PostgreSQL has no fault of the name ${name}.`);
  }
}

function killedProcess({ remotes, random }: FaultTargets): Fault {
  const victim = remotes[random.below(remotes.length)];
  return { begin: async () => victim?.kill(), end: async () => {} };
}

function lockedFile({ file }: SqliteUnderTest, { locker }: FaultTargets): Fault {
  let locking: Promise<unknown> | undefined;
  return {
    begin: async () => {
      locking = locker.lock(file);
      await locking;
    },
    end: async () => {
      await locking;
      if (locking !== undefined) await locker.unlock();
      locking = undefined;
    },
  };
}

/** The application's transaction has its only connection. */
function heldConnection({ kysely }: SqliteUnderTest): Fault {
  let finish = () => {};
  let whole: Promise<void> | undefined;
  return {
    begin: async () => {
      const finished = new Promise<void>((resolve) => {
        finish = resolve;
      });
      whole = kysely.connection().execute(async (connection) => {
        await sql`BEGIN`.execute(connection);
        await finished;
        await sql`ROLLBACK`.execute(connection);
      });
    },
    end: async () => {
      finish();
      await whole;
    },
  };
}

function lockedTable(postgres: PostgresUnderTest): Fault {
  let session: Client | undefined;
  let locking: Promise<unknown> = Promise.resolve();
  return {
    begin: async () => {
      session = await openSession(postgres.direct);
      locking = session.query("BEGIN; LOCK TABLE archestra_secrets IN ACCESS EXCLUSIVE MODE").catch(() => {});
      await locking;
    },
    end: async () => {
      await locking;
      await session?.end();
      session = undefined;
    },
  };
}
