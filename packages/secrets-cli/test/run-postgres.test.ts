import { randomBytes } from "node:crypto";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { startPostgres } from "@archestra/test-servers/postgres";
import { expect, onTestFinished, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { startProgram } from "./support/started-program.ts";

test("run reads from PostgreSQL, restarts the command, and keeps it while the database is down", async () => {
  const server = await startPostgres();
  onTestFinished(() => server.stop());
  const env = {
    ARCHESTRA_DATABASE_URL: server.url,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: randomBytes(32).toString("base64"),
  };
  await using manager = await createSecretsManager({ plugins: [dbPlugin()], env });
  await manager.create("app", { TOKEN: "planted one" });
  const once = await runProgram(["run", "--prefix", "app", "--", "sh", "-c", 'echo "$TOKEN"'], { env });
  expect(once).toEqual({ exitCode: 0, stdout: "planted one\n", stderr: "" });

  const options = ["--prefix", "app", "--restart-on-change", "--interval", "0.1"];
  const script = 'echo "value $TOKEN"; trap "exit 3" TERM; while :; do sleep 0.05; done';
  const program = startProgram(["run", ...options, "--", "sh", "-c", script], { env });
  await program.shows("value planted one");
  await manager.set("app", { TOKEN: "planted two" });
  await program.shows("value planted two");
  await manager.close();
  await server.stop();
  await program.shows("could not be read again");
  program.kill("SIGTERM");
  expect(await program.ended).toBe(3);
  expect(program.output).not.toContain(env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET);
});
