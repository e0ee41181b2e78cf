import { spawnSync } from "node:child_process";
import { chmod, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { SupervisedProcess } from "./supervised-process.ts";

/** A PgBouncer of a test's own, on a loopback port that was free. */
export interface PgBouncer {
  /** Its host and port. */
  readonly host: string;
  /** Stops it and removes its folder. */
  stop(): Promise<void>;
}

/** Packages put it where the path of a user does not always lead. */
const PATH = `${process.env.PATH}:/usr/sbin:/usr/local/sbin`;

/** The version of the PgBouncer that is installed. Undefined: none is, and no test obtains one. */
export function pgBouncerVersion(): string | undefined {
  const { stdout, status } = spawnSync("pgbouncer", ["--version"], { encoding: "utf8", env: { PATH } });
  return status === 0 ? /PgBouncer (\S+)/.exec(stdout)?.[1] : undefined;
}

/**
 * Starts PgBouncer in transaction mode. It stops with the process that started it, however that ends.
 *
 * @param databases what [databases] holds: a connection string for each name
 * @param settings what [pgbouncer] holds beside it, such as `{ max_client_conn: "1" }`
 * @param users the users that may log in and their passwords
 */
export async function startPgBouncer(
  databases: Readonly<Record<string, string>>,
  settings: Readonly<Record<string, string>>,
  users: Readonly<Record<string, string>>,
): Promise<PgBouncer> {
  const port = await freePort();
  const server = await SupervisedProcess.create("pgbouncer");
  const file = (name: string) => join(server.folder, name);
  const all = {
    listen_addr: "127.0.0.1",
    listen_port: String(port),
    unix_socket_dir: "",
    pool_mode: "transaction",
    auth_type: "scram-sha-256",
    auth_file: file("users.txt"),
    ...settings,
  };
  const lines = (entries: Readonly<Record<string, string>>) =>
    Object.entries(entries).map(([name, value]) => `${name} = ${value}`);
  await writeFile(
    file("pgbouncer.ini"),
    ["[databases]", ...lines(databases), "[pgbouncer]", ...lines(all), ""].join("\n"),
  );
  await writeFile(
    file("users.txt"),
    Object.entries(users)
      .map(([user, password]) => `"${user}" "${password}"\n`)
      .join(""),
  );
  // PgBouncer refuses to run as root; in containers a test run often is.
  await chmod(server.folder, 0o755);
  const user = process.getuid?.() === 0 ? ["--user=nobody"] : [];
  await server.start("pgbouncer", [...user, file("pgbouncer.ini")], { PATH });
  await server.until("listens", () => listens(port));
  return { host: `127.0.0.1:${port}`, stop: () => server.dispose() };
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
