import { readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runScript, temporaryFolder } from "./run-script.ts";

// What lies in server-snippets needs more than this machine: it is only type-checked.
const snippets = readdirSync(join(import.meta.dirname, "..", "snippets")).map((file) => `snippets/${file}`);

test.each(["src/application.ts", ...snippets])("%s runs as the docs show it", (script) => {
  const cwd = temporaryFolder();
  const env = {
    ARCHESTRA_AUTH_SECRET: "only-for-this-test-0123456789-0123456789",
    ARCHESTRA_DATABASE_URL: "sqlite:secrets.db",
  };
  expect(runScript(script, { cwd, env })).toMatchObject({ status: 0, stderr: "" });
});
