import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

const methods = ["TOKEN", "K8S", "AWS", "APPROLE", "JWT", "AGENT", "UNKNOWN"];
const commands = [
  ["list"],
  ["rotate", "status"],
  ["schema", "migrate"],
  ["policy", "--role", "reader"],
  ["run", "A=vault:secret/data/app#token", "--", "true"],
];

test("messages about settings name variables, and never an option of the library", async () => {
  await using settings = sqliteSettings();
  const invalid = {
    ARCHESTRA_DATABASE_URL: "mysql://host",
    ARCHESTRA_DATABASE_POOL_MAX: "many",
    ARCHESTRA_SECRETS_STRICT: "perhaps",
    ARCHESTRA_HASHICORP_VAULT_ADDR: "no address",
    ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "7",
  };
  const outputs = [];
  for (const method of methods) {
    for (const env of [{}, settings.env, { ...settings.env, ...invalid }]) {
      const vault = { ARCHESTRA_SECRETS_MANAGER: "VAULT", ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: method };
      const runs = await Promise.all(
        (method === "TOKEN" ? commands : [["list"]]).flatMap((args) => [
          runProgram(args, { env: { ...env, ...vault }, folder: settings.folder }),
          runProgram(["--json", ...args], { env: { ...env, ...vault }, folder: settings.folder }),
        ]),
      );
      outputs.push(...runs.map(({ stdout, stderr }) => stdout + stderr));
    }
  }
  expect(outputs.filter((text) => text.includes("ARCHESTRA_HASHICORP_VAULT_ADDR")).length).toBeGreaterThan(
    30,
  );
  for (const text of outputs) expect(text).not.toMatch(/\boption /);
});
