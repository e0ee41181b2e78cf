import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";

/** What `node --test` says of a file. */
function runNodeTest(file: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--test",
      "--test-reporter=spec",
      join(import.meta.dirname, file),
    ],
    { encoding: "utf8", env: { PATH: process.env.PATH } },
  );
  return { status, output: `${stdout}${stderr}` };
}

test("the sample for node:test passes, and reports what is skipped and why", () => {
  const { status, output } = runNodeTest("samples/acme.node-test.ts");
  expect(output).toMatch(
    /lost-answer: create ends with its actual outcome.*# gap: the harness has no `faults\["lost-answer"\]`/,
  );
  expect(output).toMatch(/fail 0\n/);
  expect(output).not.toMatch(/skipped 0\n/);
  expect(status).toBe(0);
});

test("the sample for another runner passes", () => {
  const { status, output } = runNodeTest("samples/other-runner.ts");
  expect(output).toMatch(/fail 0\n/);
  expect(status).toBe(0);
});

test("the suite of authentication methods runs with the runner of node:test", () => {
  const { status, output } = runNodeTest("support/app-role.node-test.ts");
  expect(output).toMatch(/a login returns a token that Vault knows/);
  expect(output).toMatch(/pass 6\n/);
  expect(status).toBe(0);
});

test("node:test runs the lists of a group at the same time", () => {
  const { status, output } = runNodeTest("support/lists.node-test.ts");
  expect(output).toMatch(/pass 3\n/);
  expect(status).toBe(0);
});

test("a harness that fails is the first line and the only failure, and every skipped case is one short line", () => {
  const { status, output } = runNodeTest("support/failing-harness.node-test.ts");
  expect(status).toBe(1);
  const lines = output.split("\n");
  expect(lines[1]).toMatch(/✖ the harness gives each case a store of its own/);
  expect(output).toMatch(/fail 1\n/);
  const skipped = lines.filter((line) => line.includes("# gap"));
  expect(skipped.length).toBeGreaterThan(5);
  for (const line of skipped) expect(line).toMatch(/^ +﹣ .{1,150}# gap: the harness fails$/);
  expect(output).toContain("came: it failed with Error: the server did not start");
  expect(output).toContain("failing-harness.node-test.ts:5");
});

test("a failed case fails the test, with the expected result, the actual result and the place in the contract", () => {
  const { status, output } = runNodeTest("support/failing.node-test.ts");
  expect(status).toBe(1);
  expect(output).toContain("expected: `delete` of a secret that was never there to be false");
  expect(output).toContain("came: true");
  expect(output).toContain('contract: SecretsBackend.delete: "whether there was a secret"');
});
