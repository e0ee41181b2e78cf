import { type SecretsBackend, SecretsError } from "@archestra/secrets-core/plugin";
import { expect, onTestFinished, test, vi } from "vitest";
import { runBackendSuite, testBackend } from "../src/index.ts";
import { changed } from "./support/changed-backend.ts";
import { recordingRunner } from "./support/recording-runner.ts";
import { remoteHarness, type WrapBackend } from "./support/remote-harness.ts";

const GROUPS = ["existence", "listing"] as const;
const CRASH = "the client library crashed";

/** Crashes in `get`, and names the function that does. */
const crashing: WrapBackend = (inner) =>
  changed(inner, {
    async get() {
      return crashOnPurpose();
    },
  });

function crashOnPurpose(): never {
  throw new TypeError(CRASH);
}

/** The errors that a runner receives. */
async function failuresOf(wrap: WrapBackend, showPluginErrors?: boolean): Promise<Error[]> {
  const runner = recordingRunner();
  const harness = remoteHarness(wrap);
  const options = { ...runner, name: "crashing", harness, groups: GROUPS, showPluginErrors };
  const { report } = testBackend(options);
  const errors: Error[] = [];
  for (const { body } of runner.tests) await body({}).catch((error: Error) => errors.push(error));
  expect(errors.length).toBeGreaterThan(3);
  expect(JSON.stringify(report())).not.toContain("crashOnPurpose");
  return errors;
}

test("a failed case shows the errors of the plugin with their stacks, and the report does not", async () => {
  const [error] = await failuresOf(crashing, true);
  for (const text of [error?.message, error?.stack]) {
    expect(text).toMatch(/The plugin threw \d+ errors during this case/);
    expect(text).toContain(`get: TypeError: ${CRASH}`);
    expect(text).toContain("at crashOnPurpose");
  }
});

test("a failed case does not show the errors of the plugin by default", async () => {
  for (const error of await failuresOf(crashing)) expect(error.stack).not.toContain("crashOnPurpose");
});

test("errors of a list and of a frozen backend are shown", async () => {
  const errors = await failuresOf(
    (inner): SecretsBackend =>
      Object.freeze(
        changed(inner, {
          // biome-ignore lint/correctness/useYield: it fails before the first name
          async *list() {
            throw new TypeError(CRASH);
          },
          async delete() {
            throw new SecretsError("INTERNAL", "No.");
          },
        }),
      ),
    true,
  );
  const messages = errors.map(({ message }) => message).join("\n");
  expect(messages).toContain(`list: TypeError: ${CRASH}`);
  expect(messages).toContain("delete: SecretsError: No.");
});

test("errors of a start that fails are shown with the failure of the harness", async () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(() => printed.mockRestore());
  const harness = remoteHarness(() => {
    throw new TypeError(CRASH);
  });
  const report = await runBackendSuite({ name: "none", harness, groups: ["names"], showPluginErrors: true });
  expect(report.cases[0]).toMatchObject({ group: "harness", status: "failed" });
  expect(JSON.stringify(report)).not.toContain(CRASH);
  expect(printed).toHaveBeenCalledTimes(1);
  expect(String(printed.mock.calls[0])).toContain(`create: TypeError: ${CRASH}`);
});
