import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { PostgresReport } from "./postgres-process.ts";

const program = fileURLToPath(new URL("./postgres-process.ts", import.meta.url));

/** A real PostgreSQL server of a test run's own, on a loopback port that was free. */
export interface PostgresServer {
  /** The URL of its first database, `postgres`. */
  readonly url: string;
  /** Everything that the server has written to its log so far. */
  log(): Promise<string>;
  /** Stops the server and removes its data. */
  stop(): Promise<void>;
}

/**
 * Starts PostgreSQL 18 on an empty data folder. It stops with the process that started it, however that ends.
 *
 * @param settings server settings, such as `{ max_connections: "200" }`. Durability is as installed: `fsync` and
 * `synchronous_commit` are on
 * @param files files of the data folder and their content: `server.crt` and `server.key` for the setting `ssl`, or
 * `pg_hba.conf`
 */
export async function startPostgres(
  settings: Readonly<Record<string, string>> = {},
  files: Readonly<Record<string, string>> = {},
): Promise<PostgresServer> {
  const child = fork(program, [JSON.stringify(settings), JSON.stringify(files)], {
    execArgv: [],
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const exit = once(child, "exit");
  const ended = exit.then((): PostgresReport => ({ failure: "its process ended" }));
  const reported = once(child, "message").then(([report]) => report as PostgresReport);
  const report = await Promise.race([reported, ended]);
  const stop = async () => {
    if (child.connected) child.disconnect();
    await exit;
  };
  const log = async () => {
    const answered = once(child, "message");
    child.send("log");
    const [answer] = (await answered) as [PostgresReport];
    return "log" in answer ? answer.log : "";
  };
  if ("url" in report) return { url: report.url, log, stop };
  await stop();
  throw new Error(`PostgreSQL did not start:\n${"failure" in report ? report.failure : ""}`);
}
