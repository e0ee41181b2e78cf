import type { SecretsManager } from "@archestra/secrets-core";
import { isDamagedSecret } from "@archestra/secrets-core/plugin";
import {
  expectEqual,
  expectFailure,
  expectThat,
  fail,
  type Outcome,
  outcomeOf,
  showOutcome,
} from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

const DAMAGED =
  'SecretsBackend: "Reading it is INVALID_VALUE or DECRYPTION_FAILED, or any other code with the reason DAMAGED_SECRET"';
const REPLACEABLE =
  'SecretsBackend: "`write` replaces it when `expect` is `any` or `present`, `delete` removes it when `expect` is `any`"';
const KEPT = 'SecretsBackend: "A write that expects `absent` does not replace it"';

const CODES = "INVALID_VALUE, DECRYPTION_FAILED or the reason DAMAGED_SECRET";
const NAME = "a";
const TEXT = "{";

/** Cases of secrets that exist and cannot be read. */
export const damagedCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "damaged: a stored text that is no value is reported as a damaged secret, and not as absence",
    contract: DAMAGED,
    async run(fixture) {
      const { manager } = await fixture.openWith({ [NAME]: { token: "1" } });
      for (const text of ["no value", "", "{", "null", "[]", '"text"']) {
        await fixture.seedRaw(NAME, text);
        const stored = `a secret for which the store holds ${JSON.stringify(text)}`;
        expectDamaged(`\`get\` of ${stored}`, await outcomeOf(() => manager.get(NAME)));
        const has = await outcomeOf(() => manager.has(NAME));
        if (has.failed) expectDamaged(`\`has\` of ${stored}`, has);
        else expectEqual(has.result, true, `\`has\` of ${stored}`);
      }
    },
  },
  {
    name: "damaged: set replaces a secret that cannot be read, with and without an ownership table",
    contract: REPLACEABLE,
    run: (fixture) =>
      onEveryDamaged(fixture, async (manager, place) => {
        const outcome = await outcomeOf(() => manager.set(NAME, { token: "2" }));
        if (outcome.failed) fail(`\`set\` ${place} to replace a damaged secret`, showOutcome(outcome));
        expectEqual((await manager.get(NAME))?.value, { token: "2" }, `the value ${place} after \`set\``);
      }),
  },
  {
    name: "damaged: delete removes a secret that cannot be read, with and without an ownership table",
    contract: REPLACEABLE,
    run: (fixture) =>
      onEveryDamaged(fixture, async (manager, place) => {
        const outcome = await outcomeOf(() => manager.delete(NAME));
        if (outcome.failed) fail(`\`delete\` ${place} to remove a damaged secret`, showOutcome(outcome));
        expectEqual(outcome.result, true, `\`delete\` of a damaged secret ${place}`);
        expectEqual(await manager.get(NAME), undefined, `what \`get\` gives ${place} after the deletion`);
      }),
  },
  {
    name: "damaged: create does not replace a secret that cannot be read",
    contract: KEPT,
    async run(fixture) {
      const { manager } = await fixture.openWith({ [NAME]: { token: "1" } });
      await fixture.seedRaw(NAME, TEXT);
      await expectNotCreated(manager);
    },
  },
  {
    name: "damaged: what another program stored and is no value is a damaged secret for every call",
    contract: DAMAGED,
    async run(fixture) {
      const { manager } = await fixture.open();
      for (const repair of ["set", "delete"] as const) {
        // The plugin never wrote the name, so nothing of its format is there.
        await fixture.seedRaw(NAME, TEXT);
        const has = await outcomeOf(() => manager.has(NAME));
        if (has.failed) expectDamaged("`has`", has);
        else expectEqual(has.result, true, "`has` of what another program stored");
        expectDamaged("`get` of what another program stored", await outcomeOf(() => manager.get(NAME)));
        const many = (await manager.getMany([NAME])).get(NAME);
        expectEqual(many?.status, "failed", "the status that `getMany` gives");
        await expectNotCreated(manager);
        if (repair === "set") {
          await manager.set(NAME, { token: "2" });
          expectEqual((await manager.get(NAME))?.value, { token: "2" }, "the value after `set`");
          await manager.delete(NAME);
        } else expectEqual(await manager.delete(NAME), true, "`delete` of what another program stored");
        expectEqual(await manager.get(NAME), undefined, "what `get` gives after the deletion");
      }
    },
  },
];

async function expectNotCreated(manager: SecretsManager): Promise<void> {
  const created = await outcomeOf(() => manager.create(NAME, { token: "2" }));
  if (!created.failed || !isDamagedSecret(created.error)) {
    await expectFailure("`create` of a damaged secret", () => fromOutcome(created), "ALREADY_EXISTS");
  }
  expectDamaged("`get` afterwards", await outcomeOf(() => manager.get(NAME)));
}

function expectDamaged(what: string, outcome: Outcome<unknown>): void {
  const isRight = outcome.failed && isDamagedSecret(outcome.error);
  expectThat(isRight, `${what} to fail with ${CODES}`, showOutcome(outcome));
}

/** Runs a check on a damaged secret: of the manager alone, and beside a table that has an entry for it, and one that has none. */
async function onEveryDamaged(
  fixture: BackendFixture,
  check: (manager: SecretsManager, place: string) => Promise<void>,
): Promise<void> {
  const { manager, backend } = await fixture.openWith({ [NAME]: { token: "1" } });
  await fixture.seedRaw(NAME, TEXT);
  await check(manager, "without an ownership table");
  // Its own table is the one in use.
  if (backend.ownership !== undefined) return;
  const routed = await fixture.openBesideTable();
  for (const { client, place } of [
    { client: routed, place: "with an ownership table" },
    { client: manager, place: "with an ownership table that has no entry" },
  ]) {
    await client.delete(NAME);
    if (client === manager) await routed.delete(NAME);
    await client.create(NAME, { token: "1" });
    await fixture.seedRaw(NAME, TEXT);
    await check(routed, place);
  }
}

async function fromOutcome(outcome: Outcome<unknown>): Promise<unknown> {
  if (outcome.failed) throw outcome.error;
  return outcome.result;
}
