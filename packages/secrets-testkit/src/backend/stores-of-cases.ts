import { AssertionError } from "node:assert";
import type { CacheOptions } from "@archestra/secrets-core";
import { fail, outcomeOf, showOutcome } from "../expectation/expectation.ts";
import type { Suite } from "../runner/conformance-case.ts";
import { BackendFixture } from "./backend-fixture.ts";
import type { BackendHarness } from "./backend-harness.ts";

const PROBE = "harness/probe";

/** Opens the stores of the cases, and verifies the harness before the first case. */
export function onStoresOf(
  harness: BackendHarness,
  cache?: CacheOptions,
): Required<Pick<Suite<BackendFixture>, "withSubject" | "proveHarness">> {
  return {
    withSubject: (run) => runOnEachForm(harness, cache, run),
    proveHarness: () => proveHarness(harness),
  };
}

/** Runs a case on a store of its own: once, or once for each form of its fault. */
async function runOnEachForm(
  harness: BackendHarness,
  cache: CacheOptions | undefined,
  run: (fixture: BackendFixture) => Promise<void>,
): Promise<void> {
  for (let form = 0, count = 1; form < count; form++) {
    const fixture = new BackendFixture(await harness.open(), cache, form);
    try {
      await runOn(fixture, run);
    } catch (error) {
      throw withForm(error, fixture.formName);
    }
    count = fixture.formCount;
  }
}

/** The failure of the case takes precedence over a failure of the clean-up. */
async function runOn(
  fixture: BackendFixture,
  run: (fixture: BackendFixture) => Promise<void>,
): Promise<void> {
  try {
    await run(fixture);
  } catch (error) {
    await fixture.end().catch(() => undefined);
    throw error;
  }
  await fixture.end();
}

function withForm(error: unknown, form: string | undefined): unknown {
  if (!(error instanceof AssertionError) || form === undefined) return error;
  return new AssertionError({ message: `${error.message}\n  with: ${form}`, stackStartFn: withForm });
}

/**
 * Fails when no store is to be had, or no client of one, or when a store is not new. What a plugin does wrong with a
 * secret is for the cases to find.
 */
async function proveHarness(harness: BackendHarness): Promise<void> {
  await onOpenStore(harness, async (fixture) => {
    const { manager } = await openClient(fixture);
    await outcomeOf(() => manager.set(PROBE, { probe: true }));
  });
  await onOpenStore(harness, async (fixture) => {
    const { manager } = await openClient(fixture);
    const outcome = await outcomeOf(() => manager.get(PROBE));
    if (outcome.failed || outcome.result === undefined) return;
    fail(
      "each `open()` of the harness to make a store of its own, which is empty",
      "the second one holds a secret that was put into the first",
    );
  });
}

async function onOpenStore(
  harness: BackendHarness,
  run: (fixture: BackendFixture) => Promise<void>,
): Promise<void> {
  const opened = await outcomeOf(async () => new BackendFixture(await harness.open()));
  if (opened.failed) fail("`open()` of the harness to make a store", showOutcome(opened));
  await runOn(opened.result, run);
}

async function openClient(fixture: BackendFixture) {
  const client = await outcomeOf(() => fixture.open());
  return client.failed
    ? fail("the plugin to open with the settings of the harness", showOutcome(client))
    : client.result;
}
