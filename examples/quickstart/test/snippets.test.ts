import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runScript, temporaryFolder } from "./run-script.ts";

// The snippets that need a server are in server-snippets/: server-snippets.test.ts runs them.
const snippets = readdirSync(join(import.meta.dirname, "..", "snippets")).map((file) => `snippets/${file}`);

test.each(["src/application.ts", ...snippets])("%s runs as the docs show it", async (script) => {
  const cwd = temporaryFolder();
  const env = {
    ARCHESTRA_AUTH_SECRET: "only-for-this-test-0123456789-0123456789",
    ARCHESTRA_DATABASE_URL: "sqlite:secrets.db",
  };
  expect(await runScript(script, { cwd, env })).toMatchObject({ status: 0, stderr: "" });
});
