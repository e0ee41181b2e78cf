// #region diagnosis
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSecretsManager } from "@archestra/secrets-core";
import { diagnoseSecretsManager } from "@archestra/secrets-core/plugin";
import { afterEach, beforeEach, expect, test } from "vitest";
import { filesPlugin } from "../src/index.ts";
import { IDENTITY } from "./identity.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const environment = (path: string) => ({
  ARCHESTRA_SECRETS_MANAGER: "FILES",
  SECRETS_FILES_FOLDER: path,
  SECRETS_FILES_IDENTITY: IDENTITY,
});

/** What the plugin reports about a folder. */
async function diagnose(path: string) {
  const { plugins } = await diagnoseSecretsManager([filesPlugin()], environment(path));
  const [{ state, facts, findings } = { state: "none", facts: [], findings: [] }] = plugins;
  const values = Object.fromEntries(facts.map(({ key, value }) => [key, value]));
  return { state, values, findings, codes: findings.map(({ code, severity }) => `${severity} ${code}`) };
}

test("a folder is reported with the number of its secrets", async () => {
  const env = environment(folder);
  await using secrets = await createSecretsManager({ plugins: [filesPlugin()], env });
  await secrets.create("github/token", { token: "1" });
  const { state, values, codes } = await diagnose(folder);
  expect({ state, values, codes }).toEqual({ state: "complete", values: { folder, secrets: 1 }, codes: [] });
});

test("a folder that does not exist is a finding, and is not created", async () => {
  const absent = join(folder, "absent");
  const { codes, findings } = await diagnose(absent);
  expect(codes).toEqual(["degraded FOLDER_ABSENT"]);
  expect(findings[0]?.remedy.variable).toBe("SECRETS_FILES_FOLDER");
  expect(existsSync(absent)).toBe(false);
});

test("a text that is not the path of a folder is a finding, and is not shown", async () => {
  mkdirSync(join(folder, "secret"));
  const file = join(folder, "secret", "planted-in-the-wrong-variable");
  writeFileSync(file, "");
  const report = await diagnose(file);
  expect(report.codes).toEqual(["broken UNAVAILABLE"]);
  expect(JSON.stringify(report)).not.toContain("planted");
});
// #endregion
