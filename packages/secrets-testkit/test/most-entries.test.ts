import { SecretsError, type SecretsErrorCode } from "@archestra/secrets-core/plugin";
import { expect, test } from "vitest";
import { runBackendSuite } from "../src/index.ts";
import { changed } from "./support/changed-backend.ts";
import { remoteHarness } from "./support/remote-harness.ts";

const LIMIT = 400;
const NAME = "keeps objects and lists of ten thousand entries";

/** How the suite judges a store that fails with this code for more entries than the limit, of which its harness says this. */
async function judge(
  code: SecretsErrorCode | undefined,
  mostEntries: number | undefined,
  storesFirst = false,
) {
  const harness = remoteHarness((inner) =>
    changed(inner, {
      async write(name, value, options, context) {
        const tooMany = Object.values(value).some((entry) => Object.keys(entry ?? {}).length > LIMIT);
        if (!tooMany || code === undefined) return inner.write(name, value, options, context);
        if (storesFirst) await inner.write(name, value, options, context);
        throw new SecretsError(code, "The value has more entries than the store accepts.");
      },
    }),
  );
  const open = async () => ({ ...(await harness.open()), mostEntries });
  const { cases } = await runBackendSuite({ name: "entries", harness: { open }, groups: ["values"] });
  const found = cases.find(({ name }) => name === NAME);
  return [found?.status, found?.reason?.split("\n")[1]];
}

test("a store that accepts fewer entries passes when its harness declares the limit and the refusal is INVALID_ARGUMENT", async () => {
  expect(await judge("INVALID_ARGUMENT", LIMIT)).toEqual(["passed", undefined]);
});

test("a store that accepts fewer entries fails when its harness declares no limit", async () => {
  expect((await judge("INVALID_ARGUMENT", undefined))[0]).toBe("failed");
});

test.each([
  ["refuses with another code", "INTERNAL", false, "  came: it failed with INTERNAL"],
  ["stores what it refuses", "INVALID_ARGUMENT", true, "  came: a secret"],
  ["accepts more than its harness declares", undefined, false, "  came: it succeeded"],
] as const)("a store fails that %s", async (_title, code, storesFirst, came) => {
  const [status, reason] = await judge(code, LIMIT, storesFirst);
  expect([status, reason]).toEqual(["failed", expect.stringContaining(came)]);
});
