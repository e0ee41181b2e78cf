import { AssertionError } from "node:assert";
import type { CacheOptions } from "@archestra/secrets-core";
import { fail, outcomeOf } from "../expectation/expectation.ts";
import { expectSearchable } from "../redaction/searchable-text.ts";
import type { Suite } from "../runner/conformance-case.ts";
import { PluginErrors } from "../runner/plugin-errors.ts";
import { BackendFixture } from "./backend-fixture.ts";
import type { BackendHarness } from "./backend-harness.ts";

const PROBE = "harness/probe";

/** The options of the suites that open stores. */
export interface HarnessOptions {
  /** Creates the stores of the tests. */
  readonly harness: BackendHarness;
  /**
   * Whether to show the original errors of the plugin, with their stacks, in the message of a failed case. They are not redacted:
   * use it only during development. They are not added to the report.
   *
   * @default false
   */
  readonly showPluginErrors?: boolean | undefined;
}

type OnStores = Pick<Suite<BackendFixture>, "withSubject" | "harnessProof" | "pluginErrors">;

/** Opens the stores of the cases, and verifies the harness before the first case. */
export function onStoresOf({ harness, showPluginErrors }: HarnessOptions, cache?: CacheOptions): OnStores {
  const pluginErrors = showPluginErrors === true ? new PluginErrors() : undefined;
  const openFixture = async (form: number): Promise<BackendFixture> => {
    const openOther = () => openFixture(form);
    return new BackendFixture(await harness.open(), { cache, errors: pluginErrors, form, openOther });
  };
  return {
    withSubject: (run) => runOnEachForm(openFixture, run),
    harnessProof: {
      name: "gives each case a store of its own",
      contract: "BackendHarness.open: a store that is empty and that nothing else uses, at each call",
      prove: () => proveHarness(() => openFixture(0)),
    },
    pluginErrors,
  };
}

/** Runs a case on a store of its own: once, or once for each form of its fault. */
async function runOnEachForm(
  openFixture: (form: number) => Promise<BackendFixture>,
  run: (fixture: BackendFixture) => Promise<void>,
): Promise<void> {
  for (let form = 0, count = 1; form < count; form++) {
    const fixture = await openFixture(form);
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
async function proveHarness(openFixture: () => Promise<BackendFixture>): Promise<void> {
  await onOpenStore(openFixture, async (fixture) => {
    expectSearchable(
      fixture.store.plugins.map(({ settings }) => settings),
      fixture.store.env,
      "env",
    );
    const { manager } = await openClient(fixture);
    await outcomeOf(() => manager.set(PROBE, { probe: true }));
  });
  await onOpenStore(openFixture, async (fixture) => {
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
  openFixture: () => Promise<BackendFixture>,
  run: (fixture: BackendFixture) => Promise<void>,
): Promise<void> {
  const opened = await outcomeOf(openFixture);
  if (opened.failed) failBy(opened.error, "`open()` of the harness to make a store");
  await runOn(opened.result, run);
}

async function openClient(fixture: BackendFixture) {
  const client = await outcomeOf(() => fixture.open());
  return client.failed
    ? failBy(client.error, "the plugin to open with the settings of the harness")
    : client.result;
}

/** Fails with the error as the cause, whose stack shows the line of the harness. */
function failBy(error: unknown, expected: string): never {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const failure = new AssertionError({
    message: `expected: ${expected}\n  came: it failed with ${message}`,
    stackStartFn: failBy,
  });
  failure.cause = error;
  // The place is in the harness, and the stack of the cause shows it.
  failure.stack = `${failure.name}: ${failure.message}`;
  throw failure;
}
