import { expect, test } from "vitest";
import { runBackendSuite } from "../src/index.ts";
import { changed } from "./support/changed-backend.ts";
import { remoteHarness, type WrapBackend } from "./support/remote-harness.ts";

const NAME = "a created secret is present for every call";
const SECRET = "a text of the plugin";

/** Leaves a promise that rejects after each `has`. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async has(name, context) {
      void Promise.resolve().then(() => {
        throw new Error(SECRET);
      });
      return (await inner.get(name, context)) !== undefined;
    },
  });

test("a promise that rejects unhandled fails its case, and the test runner does not receive it", async () => {
  const before = process.listeners("unhandledRejection");

  const [broken, healthy] = await Promise.all([
    runBackendSuite({ name: "broken", harness: remoteHarness(wrap), groups: ["existence"] }),
    runBackendSuite({ name: "healthy", harness: remoteHarness(), groups: ["existence"] }),
  ]);

  const result = broken.cases.find(({ name }) => name === NAME);
  expect(result).toMatchObject({ status: "failed" });
  expect(result?.reason).toContain("expected: no promise to reject unhandled");
  expect(JSON.stringify(broken)).not.toContain(SECRET);
  expect(healthy.summary.failed).toBe(0);
  expect(process.listeners("unhandledRejection")).toEqual(before);
});
