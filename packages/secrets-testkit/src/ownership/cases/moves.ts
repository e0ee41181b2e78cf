import type { SecretValue, SecretVersion } from "@archestra/secrets-core/plugin";
import type { BackendFixture } from "../../backend/backend-fixture.ts";
import { expectEqual, expectFailure, expectThat, outcomeOf, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import {
  active,
  advanceRow,
  type OpenOwnership,
  OTHER,
  openOwnership,
  readOf,
  rowOf,
} from "../open-ownership.ts";

const VALUE =
  'OwnershipStore.advance: "With a `value`, the store also stores the value in the row, under a version that the row never had"';
const KEPT =
  'OwnershipStore.advance: "a value in the row stays while the store is the owner or the manager of the copy, and is erased otherwise"';

const value = (token: string): SecretValue => Object.freeze({ token });

export const moveCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a secret that is moved here is the other manager's until the owner is flipped, and then readable",
    contract: VALUE,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context, own } = opened;
      await ownership.claim("a", active, context);
      await advanceRow(opened, "a", { ...movingFrom(own), value: value("moved") });
      expectEqual(await rowOf(opened, "a"), { name: "a", ...movingFrom(own) }, "the row before the flip");
      expectEqual((await readOf(opened, "a"))?.secret, undefined, "the secret before the flip");
      expectEqual(await backend.get("a", context), undefined, "`get` before the flip");
      const listed = await Array.fromAsync(backend.list({ prefix: "" }, context), ({ name }) => name);
      expectEqual(listed, [], "the backend's own list before the flip");

      const flipped = { manager: own, state: "active", copy: { manager: OTHER, version: "7" } } as const;
      await advanceRow(opened, "a", flipped);
      const { secret, ...row } = (await readOf(opened, "a")) ?? {};
      expectEqual(row, { name: "a", ...flipped }, "the row after the flip");
      expectEqual(secret?.value, { token: "moved" }, "the secret after the flip");
      expectEqual(await backend.get("a", context), secret, "`get` after the flip");
    },
  },
  {
    name: "a secret that comes back has a version that it never had here before",
    contract: VALUE,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { backend, context, own } = opened;
      await backend.write("a", value("1"), { expect: "absent" }, context);
      const versions = [await versionOf(opened)];
      await backend.write("a", value("2"), { expect: "any" }, context);
      versions.push(await versionOf(opened));
      for (const returned of ["copy overwritten", "copy gone"]) {
        await moveAway(opened);
        if (returned === "copy gone") await advanceRow(opened, "a", active);
        await advanceRow(opened, "a", { ...movingFrom(own), value: value(returned) });
        await advanceRow(opened, "a", { manager: own, state: "active" });
        expectEqual(
          (await readOf(opened, "a"))?.secret?.value,
          { token: returned },
          "the secret that is back",
        );
        versions.push(await versionOf(opened));
      }
      expectEqual(new Set(versions).size, versions.length, "the number of versions that differ");
      if (!backend.capabilities.conditionalWrites) return;
      for (const version of versions.slice(0, -1)) {
        const write = () =>
          backend.write("a", value("late"), { expect: { version: String(version) } }, context);
        await expectFailure("a write under a version from before the moves", write, "CONFLICT");
      }
    },
  },
  {
    name: "the value stays while the store holds the copy, and has another version when it is the secret again",
    contract: KEPT,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { backend, context, own } = opened;
      await backend.write("a", value("1"), { expect: "absent" }, context);
      const before = await versionOf(opened);
      await moveAway(opened);
      expectEqual((await readOf(opened, "a"))?.secret, undefined, "the secret while another manager owns it");
      await advanceRow(opened, "a", { manager: own, state: "active" });
      expectEqual((await readOf(opened, "a"))?.secret?.value, { token: "1" }, "the secret that is back");
      const after = await versionOf(opened);
      expectThat(after !== before, "another version than before the secret was moved", show(after));
    },
  },
  {
    name: "the value is gone when the store is neither the owner nor holds the copy",
    contract: KEPT,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context, own } = opened;
      await backend.write("a", value("1"), { expect: "absent" }, context);
      await moveAway(opened);
      await advanceRow(opened, "a", active);
      await advanceRow(opened, "a", { manager: own, state: "active" });
      // A row of its own without a value is damaged: it may be refused or absent, and is no secret.
      const read = await outcomeOf(() => ownership.read("a", context));
      if (!read.failed) expectEqual(read.result?.secret, undefined, "the secret of `read`");
      const got = await outcomeOf(() => backend.get("a", context));
      if (!got.failed) expectEqual(got.result, undefined, "`get`");
    },
  },
  {
    name: "a change of the row alone leaves the value and its version alone",
    contract: KEPT,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { backend, context, own } = opened;
      await backend.write("a", value("1"), { expect: "absent" }, context);
      const before = await backend.get("a", context);
      await advanceRow(opened, "a", { manager: own, state: "moving", transitionId: "1" });
      await advanceRow(opened, "a", { manager: own, state: "active", copy: { manager: OTHER } });
      expectEqual(await backend.get("a", context), before, "the secret after it");
    },
  },
  {
    name: "advance with a value that expects another row is false and keeps the value that is there",
    contract: VALUE,
    async run(fixture) {
      const opened = await openOwnership(fixture);
      const { ownership, backend, context, own } = opened;
      await backend.write("a", value("1"), { expect: "absent" }, context);
      const before = await backend.get("a", context);
      const row = await rowOf(opened, "a");
      const change = { manager: own, state: "active", value: value("2") } as const;
      for (const expected of [
        { ...row, manager: OTHER },
        { ...row, transitionId: "1" },
        { ...row, name: "b" },
      ]) {
        expectEqual(await ownership.advance(expected, change, context), false, "`advance`");
      }
      expectEqual(await backend.get("a", context), before, "the secret after it");
      expectEqual(await ownership.find("b", context), undefined, "the row that was not there");
    },
  },
  {
    name: "of several advances with a value, by two clients, one wins, and its value is there",
    contract: 'OwnershipStore: "Every change is a compare-and-swap on the entry as it was read"',
    async run(fixture) {
      const clients = [await openOwnership(fixture), await openOwnership(fixture)] as const;
      const [first] = clients;
      await first.ownership.claim("a", active, first.context);
      const moves = Array.from({ length: 6 }, (_, index) => {
        const { ownership, context, own } = clients[index % 2 === 0 ? 0 : 1];
        const change = { ...movingFrom(own), transitionId: `move-${index}`, value: value(String(index)) };
        return ownership.advance({ name: "a", ...active }, change, context);
      });
      const answers = await Promise.all(moves);
      expectEqual(answers.filter(Boolean).length, 1, "the number of advances that succeed");
      await advanceRow(first, "a", { manager: first.own, state: "active" });
      const found = await readOf(first, "a");
      expectEqual(
        found?.secret?.value,
        { token: String(answers.indexOf(true)) },
        "the secret after the flip",
      );
    },
  },
];

/** The row of a secret of the other manager, of which the store is about to hold a copy. */
function movingFrom(own: string) {
  return { manager: OTHER, state: "moving", transitionId: "move", copy: { manager: own } } as const;
}

/** Moves the secret `a` of its own to the other manager; what stays behind is the copy. */
async function moveAway(opened: OpenOwnership): Promise<void> {
  const { own } = opened;
  await advanceRow(opened, "a", {
    manager: own,
    state: "moving",
    transitionId: "away",
    copy: { manager: OTHER },
  });
  await advanceRow(opened, "a", { ...active, copy: { manager: own } });
}

async function versionOf(opened: OpenOwnership): Promise<SecretVersion | undefined> {
  return (await readOf(opened, "a"))?.secret?.version;
}
