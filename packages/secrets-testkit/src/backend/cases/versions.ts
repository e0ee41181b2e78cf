import { setTimeout as sleep } from "node:timers/promises";
import { expectEqual, expectFailure, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { expectSameTimes } from "../returned-info.ts";
import { returnedInfoCases } from "./returned-info.ts";
import { versionHistoryCases } from "./version-history.ts";

const VERSION =
  'StoredInfo.version: "any string that no other state of this secret has, before or after a deletion"';
const WRITE = 'SecretsBackend.write: "CONFLICT when it is a version and the secret has another"';
const DELETE = 'SecretsBackend.delete: "CONFLICT when `expect` is a version and the secret has another"';

/** Texts that no backend gives as a version, such as an empty one, which a backend may use for "any". */
const unknownVersions: readonly string[] = ["", "0", "no version", "-1", "1.1.1", "*", "any", "💥"];

const CLOCK_STEP = 1_100;
/** Of a store. Seconds that are taken for milliseconds differ by more. */
const LARGEST_CLOCK_DIFFERENCE = 24 * 60 * 60 * 1_000;

export const versionCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "write, get and list return the same version",
    contract: 'Capabilities.versions: "Whether `get`, `write` and `list` return a secret\'s version"',
    async run(fixture) {
      const { backend, manager } = await fixture.openDeclaring("versions");
      const created = await manager.create("a", { token: "1" });
      const written = await manager.set("a", { token: "2" });
      expectThat(typeof written.version === "string", "`set` to return a version", show(written.version));
      expectThat(written.version !== created.version, "`set` to create a new version", show(written.version));
      expectEqual((await manager.get("a"))?.version, written.version, "the version that `get` returns");
      const ofMany = (await manager.getMany(["a"])).get("a");
      const version = ofMany?.status === "found" ? ofMany.secret.version : ofMany?.status;
      expectEqual(version, written.version, "the version that `getMany` returns");
      if (!backend.capabilities.list) return;
      const listed = await Array.fromAsync(manager.list(), ({ version }) => version);
      expectEqual(listed, [written.version], "the versions that `list` returns");
    },
  },
  ...returnedInfoCases,
  {
    name: "every write creates a new version",
    contract: VERSION,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("versions");
      const versions = [(await manager.create("a", { token: "1" })).version];
      for (const token of ["2", "2", "1", "1", "3"])
        versions.push((await manager.set("a", { token })).version);
      expectDistinct(versions);
    },
  },
  {
    name: "a version is not reused after deletion and re-creation",
    contract: VERSION,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("versions");
      const versions: (string | undefined)[] = [];
      for (let life = 0; life < 3; life++) {
        versions.push((await manager.create("a", { token: "1" })).version);
        versions.push((await manager.set("a", { token: "2" })).version);
        await manager.delete("a");
      }
      expectDistinct(versions);
    },
  },
  {
    name: "reading changes no version",
    contract: VERSION,
    async run(fixture) {
      const client = await fixture.openDeclaring("versions");
      const { version } = await client.manager.create("a", { token: "1" });
      await readEveryWay(client);
      await readEveryWay(await fixture.open());
      expectEqual((await client.manager.get("a"))?.version, version, "the version after many reads");
    },
  },
  {
    name: "a rejected write changes no version",
    contract: VERSION,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("versions");
      const { version } = await manager.create("a", { token: "1" });
      await expectFailure("a second `create`", () => manager.create("a", { token: "2" }), "ALREADY_EXISTS");
      expectEqual((await manager.get("a"))?.version, version, "the version after a refused `create`");
    },
  },
  {
    name: "a write under the current version replaces the value",
    contract: WRITE,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const { version } = await manager.create("a", { token: "1" });
      await manager.update("a", { token: "2" }, { ifVersion: version });
      expectEqual((await manager.get("a"))?.value, { token: "2" }, "the value after it");
    },
  },
  {
    name: "a write under an earlier version is CONFLICT and changes nothing",
    contract: WRITE,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const { version: ifVersion } = await manager.create("a", { token: "1" });
      await manager.set("a", { token: "2" });
      await expectFailure("`update`", () => manager.update("a", { token: "3" }, { ifVersion }), "CONFLICT");
      await expectFailure(
        "`update` with a function",
        () => manager.update("a", () => ({ token: "3" }), { ifVersion }),
        "CONFLICT",
      );
      expectEqual((await manager.get("a"))?.value, { token: "2" }, "the value after it");
    },
  },
  {
    name: "a write under a version from before a deletion is CONFLICT and changes nothing",
    contract: WRITE,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const { version: ifVersion } = await manager.create("a", { token: "1" });
      await manager.delete("a");
      await manager.create("a", { token: "2" });
      await expectFailure("`update`", () => manager.update("a", { token: "3" }, { ifVersion }), "CONFLICT");
      expectEqual((await manager.get("a"))?.value, { token: "2" }, "the value after it");
    },
  },
  {
    name: "a write under an unknown version is CONFLICT",
    contract: WRITE,
    async run(fixture) {
      const { backend, manager } = await fixture.openDeclaring("conditionalWrites");
      await manager.create("a", { token: "1" });
      const { version: ofAnother } = await manager.create("b", { token: "1" });
      await expectFailure(
        "`update` under the version of another secret",
        () => manager.update("a", { token: "2" }, { ifVersion: ofAnother }),
        "CONFLICT",
      );
      for (const version of unknownVersions) {
        await expectFailure(
          `\`write\` under the version ${JSON.stringify(version)}`,
          () => backend.write("a", Object.freeze({ token: "2" }), { expect: { version } }, fixture.context()),
          "CONFLICT",
        );
      }
      expectEqual((await manager.get("a"))?.value, { token: "1" }, "the value after it");
    },
  },
  {
    name: "a write under a version of an absent secret is NOT_FOUND and creates none",
    contract: 'SecretsBackend.write: "NOT_FOUND when it is `present` or a version and there is none"',
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const { version: ifVersion } = await manager.create("a", { token: "1" });
      await manager.delete("a");
      await expectFailure("`update`", () => manager.update("a", { token: "2" }, { ifVersion }), "NOT_FOUND");
      expectEqual(await manager.has("a"), false, "`has` after it");
    },
  },
  {
    name: "a deletion under the current version deletes",
    contract: DELETE,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const { version: ifVersion } = await manager.create("a", { token: "1" });
      expectEqual(await manager.delete("a", { ifVersion }), true, "`delete`");
      expectEqual(await manager.has("a"), false, "`has` after it");
    },
  },
  {
    name: "a deletion under another version is CONFLICT and deletes nothing",
    contract: DELETE,
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const { version: firstLife } = await manager.create("a", { token: "1" });
      await manager.delete("a");
      const { version: earlier } = await manager.create("a", { token: "2" });
      await manager.set("a", { token: "3" });
      for (const ifVersion of [firstLife, earlier]) {
        await expectFailure("`delete`", () => manager.delete("a", { ifVersion }), "CONFLICT");
      }
      expectEqual((await manager.get("a"))?.value, { token: "3" }, "the value after it");
    },
  },
  {
    name: "a deletion under an unknown version is CONFLICT and deletes nothing",
    contract: DELETE,
    async run(fixture) {
      const { backend, manager } = await fixture.openDeclaring("conditionalWrites");
      await manager.create("a", { token: "1" });
      for (const version of unknownVersions) {
        await expectFailure(
          `\`delete\` under the version ${JSON.stringify(version)}`,
          () => backend.delete("a", { expect: { version } }, fixture.context()),
          "CONFLICT",
        );
      }
      expectEqual((await manager.get("a"))?.value, { token: "1" }, "the value after it");
    },
  },
  {
    name: "a deletion under a version of an absent secret is false",
    contract: 'SecretsBackend.delete: "whether there was a secret"',
    async run(fixture) {
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const { version: ifVersion } = await manager.create("a", { token: "1" });
      await manager.delete("a");
      expectEqual(await manager.delete("a", { ifVersion }), false, "`delete`");
    },
  },
  {
    name: "the returned times agree, and change only with writes",
    contract: "SecretInfo.createdAt, SecretInfo.updatedAt: by the store's clock, or left out",
    async run(fixture) {
      const { manager, backend } = await fixture.open();
      const created = await manager.create("a", { token: "1" });
      // The clock of the store may count seconds.
      await sleep(CLOCK_STEP);
      const updated = await manager.set("a", { token: "2" });
      // The manager leaves out what is no time.
      const stored = await backend.get("a", fixture.context());
      const written = await backend.write(
        "b",
        Object.freeze({ token: "1" }),
        { expect: "any" },
        fixture.context(),
      );
      for (const time of [stored?.createdAt, stored?.updatedAt, written.createdAt, written.updatedAt]) {
        const isTime = time === undefined || (time instanceof Date && Number.isFinite(time.getTime()));
        expectThat(isTime, "times to be valid `Date`s or left out", show(time));
        const difference = Math.abs((time?.getTime() ?? Date.now()) - Date.now());
        const isNow = difference < LARGEST_CLOCK_DIFFERENCE;
        expectThat(isNow, "the times of a new secret to be within a day of now", show(time));
      }
      expectEqual(updated.createdAt, created.createdAt, "`createdAt` after a `set`");
      if (created.updatedAt !== undefined && updated.updatedAt !== undefined) {
        const movesOn = updated.updatedAt.getTime() >= created.updatedAt.getTime();
        expectThat(movesOn, "`updatedAt` not to go back", show([created.updatedAt, updated.updatedAt]));
      }
      const read = await manager.get("a");
      expectSameTimes(read, updated, "`get`");
      if (!backend.capabilities.list) return;
      for await (const info of manager.list({ prefix: "a" })) expectSameTimes(info, updated, "`list`");
    },
  },
  ...versionHistoryCases,
];

function expectDistinct(versions: readonly (string | undefined)[]): void {
  const isComplete = versions.every((version) => typeof version === "string");
  expectThat(isComplete, "every write to return a version", show(versions));
  expectThat(
    new Set(versions).size === versions.length,
    "versions of which no two are equal",
    show(versions),
  );
}

async function readEveryWay({ manager, backend }: BackendClient): Promise<void> {
  await manager.get("a");
  await manager.has("a");
  await manager.getMany(["a"]);
  await manager.check({ count: true });
  if (backend.capabilities.list) await Array.fromAsync(manager.list());
}
