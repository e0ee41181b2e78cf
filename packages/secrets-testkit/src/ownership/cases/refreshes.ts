import { setTimeout as sleep } from "node:timers/promises";
import type { SecretValue } from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectFailure, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import { type OpenOwnership, openOwnership, readOf, rowOf } from "../open-ownership.ts";

const RENEWAL =
  'OwnershipStore.advance: "Replaces an entry that is still as expected"; OwnershipEntry.transitionAge: "How long ago the transition began"';
const VALUE =
  'OwnershipStore.advance: "With a `value`, the store also stores the value in the row, under a version that the row never had"';
const STATE =
  'EntryState: "In the states `creating` and `deleting`, the store itself returns no value"; in `refreshing`, it does';

/** Old enough to be distinguished from a new age on a busy machine. */
const OLD_MILLISECONDS = 200;
const SLACK_MILLISECONDS = 100;

const value = (token: string): SecretValue => Object.freeze({ token });

export const refreshCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "the age of a refresh begins again when it is renewed under the same transition id",
    contract: RENEWAL,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, context } = opened;
      const refreshing = await startRefresh(opened);
      while ((await ageOf(opened)) < OLD_MILLISECONDS) await sleep(10);
      const startedAt = performance.now();
      const { name: _name, ...change } = refreshing;
      expectEqual(await ownership.advance(refreshing, change, context), true, "`advance` to the same row");
      const age = await ageOf(opened);
      const isNew = age <= performance.now() - startedAt + SLACK_MILLISECONDS;
      expectThat(isNew, "`transitionAge` to begin again", show(age));
      expectEqual(await rowOf(opened, "a"), refreshing, "the row after it");
      expectEqual((await readOf(opened, "a"))?.secret?.value, { token: "1" }, "the secret after it");
    },
  },
  {
    name: "a value ends a refresh in one step, under a version that the row never had",
    contract: VALUE,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context, own } = opened;
      const refreshing = await startRefresh(opened);
      const before = (await readOf(opened, "a"))?.secret?.version;
      const change = { manager: own, state: "active", value: value("2") } as const;
      expectEqual(await ownership.advance(refreshing, change, context), true, "`advance` with a value");
      const { secret, ...row } = (await readOf(opened, "a")) ?? {};
      expectEqual(row, { name: "a", manager: own, state: "active" }, "the row after it");
      expectEqual(secret?.value, { token: "2" }, "the secret after it");
      expectEqual(await backend.get("a", context), secret, "`get` after it");
      if (!backend.capabilities.conditionalWrites) return;
      expectThat(secret?.version !== before, "another version than before", show(secret?.version));
      const write = () => backend.write("a", value("late"), { expect: { version: String(before) } }, context);
      await expectFailure("a write under the version from before the refresh", write, "CONFLICT");
    },
  },
  {
    name: "a value of a refresh that was taken over or has ended is refused, and the value that is there stays",
    contract: 'OwnershipStore: "Every change is a compare-and-swap on the entry as it was read"',
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, context, own } = opened;
      const first = await startRefresh(opened);
      const store = (token: string) => ({ manager: own, state: "active", value: value(token) }) as const;
      const { name: _name, ...takenOver } = { ...first, transitionId: "lease-30000-second" };
      expectEqual(await ownership.advance(first, takenOver, context), true, "`advance` that takes over");
      expectEqual(await ownership.advance(first, store("late"), context), false, "`advance` of the former");
      expectEqual((await readOf(opened, "a"))?.secret?.value, { token: "1" }, "the secret meanwhile");
      const second = { ...takenOver, name: "a" };
      expectEqual(await ownership.advance(second, store("2"), context), true, "`advance` of the successor");
      for (const late of [first, second])
        expectEqual(await ownership.advance(late, store("late"), context), false, "`advance` after the end");
      expectEqual((await readOf(opened, "a"))?.secret?.value, { token: "2" }, "the secret after it");
    },
  },
  {
    name: "a secret is found, read, listed and counted with its present value while it is refreshed",
    contract: STATE,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context, own } = opened;
      const refreshing = await startRefresh(opened);
      const secret = await backend.get("a", context);
      expectEqual(secret?.value, { token: "1" }, "`get`");
      expectEqual(await rowOf(opened, "a"), refreshing, "the row that `find` gives");
      expectEqual((await readOf(opened, "a"))?.secret, secret, "the secret that `read` gives");
      const many = (await ownership.readMany(["a"], context)).get("a");
      const found = many?.status === "found" ? many.entry.secret : undefined;
      expectEqual(found, secret, "the secret that `readMany` gives");
      const [entry] = await Array.fromAsync(ownership.list({ prefix: "" }, context));
      expectEqual(entry?.info?.version, secret?.version, "the version that the table's list gives");
      const names = await Array.fromAsync(backend.list({ prefix: "" }, context), ({ name }) => name);
      expectEqual(names, ["a"], "the backend's own list");
      expectEqual((await ownership.count({}, context)).get(own), 1, "the count of the owner");
    },
  },
];

/** Creates the secret `a`, and starts a refresh of it. */
async function startRefresh(opened: OpenOwnership) {
  const { ownership, backend, context, own } = opened;
  await backend.write("a", value("1"), { expect: "absent" }, context);
  const refreshing = { manager: own, state: "refreshing", transitionId: "lease-30000-first" } as const;
  const isStarted = await ownership.advance(await rowOf(opened, "a"), refreshing, context);
  expectEqual(isStarted, true, "`advance` to `refreshing`");
  return { name: "a", ...refreshing };
}

async function ageOf({ ownership, context }: OpenOwnership): Promise<number> {
  const age = (await ownership.find("a", context))?.transitionAge;
  expectThat(typeof age === "number", "`transitionAge` of a refresh", show(age));
  return age;
}
