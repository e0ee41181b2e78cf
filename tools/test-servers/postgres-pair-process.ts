/*
 * Runs a primary and a standby of PostgreSQL in a process of its own, for postgres-pair.ts, for the reason that
 * postgres-process.ts gives.
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PairMember, PairStop } from "./postgres-pair.ts";
import { PostgresReplica } from "./postgres-replica.ts";

/** What this process is asked, one order after the other. */
export type PairOrder =
  | { readonly order: "promote" | "freeze" | "thaw" | "follow"; readonly member: PairMember }
  | { readonly order: "stop"; readonly member: PairMember; readonly how: PairStop }
  | { readonly order: "waitForStandby"; readonly member: PairMember; readonly waits: boolean };

/** The message to the parent process: once when both servers run, and once for each order. */
export type PairReport =
  | { readonly urls: Readonly<Record<PairMember, string>> }
  | { readonly done: true }
  | { readonly failure: string };

const settings: Readonly<Record<string, string>> = JSON.parse(process.argv[2] ?? "{}");
const report = (message: PairReport) => {
  if (process.connected) process.send?.(message);
};
const folder = await mkdtemp(join(tmpdir(), "archestra-postgres-pair-"));
// Another user may run the servers; their data folders inside are that user's alone.
await chmod(folder, 0o755);
const first = await PostgresReplica.create(join(folder, "first"), settings);
const second = await PostgresReplica.create(join(folder, "second"), settings);
const members: Readonly<Record<PairMember, PostgresReplica>> = { first, second };

process.on("disconnect", async () => {
  await Promise.all([first.stop("kill"), second.stop("kill")]).catch(() => {});
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit();
});

process.on("message", async (order: PairOrder) => {
  try {
    await obey(order);
    report({ done: true });
  } catch (error) {
    report({ failure: [first.log, second.log, String(error)].join("\n") });
  }
});

async function obey(order: PairOrder): Promise<void> {
  const member = members[order.member];
  const other = order.member === "first" ? second : first;
  switch (order.order) {
    case "promote":
      return member.promote();
    case "stop":
      return member.stop(order.how);
    case "freeze":
      return member.freeze();
    case "thaw":
      return member.thaw();
    case "follow":
      return member.follow(other);
    case "waitForStandby":
      return member.waitForStandby(order.waits);
  }
}

try {
  await first.initialize();
  await first.start();
  await second.follow(first);
  await first.waitForStandby(true);
  report({ urls: { first: first.url, second: second.url } });
} catch (error) {
  report({ failure: [first.log, second.log, String(error)].join("\n") });
}
