import { execFileSync } from "node:child_process";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { describe, expect, inject, test } from "vitest";
import type { BrokenConfigurations, BrokenSetup, Variables } from "./broken-setup.ts";
import { databaseCases } from "./database-cases.ts";
import { postgresCases } from "./postgres-cases.ts";
import { contentOf, type DoctorFinding, runCommand, runDoctor, shellWords } from "./run-doctor.ts";
import { settingCases } from "./setting-cases.ts";
import { vaultCases } from "./vault-cases.ts";

describe("settings", () => each(settingCases));
describe("the database", () => each(databaseCases));
describe.skipIf(inject("postgresUrl") === undefined)("PostgreSQL", () => each(postgresCases));
describeVault("Vault", () => each(vaultCases));

function each(configurations: BrokenConfigurations): void {
  for (const [fault, setUp] of Object.entries(configurations)) {
    test(`doctor finds that ${fault}, and its remedy ends it`, async () => {
      const setup = await setUp();
      const { folder, env } = setup;
      const before = folder === undefined ? {} : contentOf(folder);
      const broken = await runDoctor(env);
      if (folder !== undefined) expect(contentOf(folder)).toEqual(before);
      const finding = broken.findings.find(({ code }) => code === setup.finding);
      expect(finding, broken.text).toBeDefined();
      const isBroken = broken.findings.some(({ severity }) => severity === "BROKEN");
      expect(broken.exitCode).toBe(isBroken ? 2 : 1);
      expect(broken.text).not.toContain("planted");
      expect(tooWide(broken.text)).toEqual([]);

      const cured = await runDoctor(await remedied(setup, finding));
      expect(
        cured.findings.map(({ code }) => code),
        cured.text,
      ).toEqual(setup.left ?? []);
      expect(cured.exitCode).toBe(setup.left === undefined ? 0 : 1);
    });
  }
}

/** Lines that do not fit the terminal, except commands and addresses, which are copied as they are. */
function tooWide(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line.length > 80 && !/^ {4}\$ /.test(line) && line.trim().includes(" "));
}

/** Does what the finding says. @returns the variables afterwards */
async function remedied(setup: BrokenSetup, finding: DoctorFinding | undefined): Promise<Variables> {
  const { env, corrected, act } = setup;
  await act?.();
  if (corrected !== undefined) {
    expect(Object.keys(corrected)).toContain(finding?.variable);
    const all = { ...env, ...corrected };
    return Object.fromEntries(
      Object.entries(all).filter((entry): entry is [string, string] => entry[1] !== undefined),
    );
  }
  if (act !== undefined) return env;
  const [program = "", ...args] = shellWords(finding?.command ?? "");
  if (program !== "archestra-secrets") {
    execFileSync(program, args);
    return env;
  }
  let { exitCode, stderr } = await runCommand(args, env);
  if (stderr.includes("--yes")) ({ exitCode, stderr } = await runCommand([...args, "--yes"], env));
  expect(setup.exitCode ?? 0, stderr).toBe(exitCode);
  return env;
}
