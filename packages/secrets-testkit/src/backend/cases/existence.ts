import { expectEqual, expectFailure, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { getManyCases } from "./get-many.ts";
import { separateStoreCases } from "./separate-stores.ts";

const GET = 'SecretsBackend.get: "undefined only when the store has proven that there is none"';
const WRITE =
  'SecretsBackend.write: "ALREADY_EXISTS when `expect` is `absent` and there is a secret; NOT_FOUND when it is `present` … and there is none"';
const DELETE = 'SecretsBackend.delete: "whether there was a secret"';

export const existenceCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a secret that was never created is absent for every call",
    contract: GET,
    async run(fixture) {
      await expectAbsent(await fixture.open(), "a");
    },
  },
  {
    name: "a created secret is present for every call",
    contract: GET,
    async run(fixture) {
      const client = await fixture.openWith({ a: { token: "1" } });
      expectEqual((await client.manager.get("a"))?.value, { token: "1" }, "what `get` gives");
      expectEqual(await client.manager.has("a"), true, "what `has` gives");
      const many = await client.manager.getMany(["a"]);
      expectEqual(many.get("a")?.status, "found", "the status that `getMany` gives");
    },
  },
  {
    name: "create of a name that exists is ALREADY_EXISTS and changes nothing",
    contract: WRITE,
    async run(fixture) {
      const { manager } = await fixture.openWith({ a: { token: "1" } });
      const before = await manager.get("a");
      await expectFailure("a second `create`", () => manager.create("a", { token: "2" }), "ALREADY_EXISTS");
      const after = await manager.get("a");
      expectEqual(after?.value, { token: "1" }, "the value after it");
      expectEqual(after?.version, before?.version, "the version after it");
    },
  },
  {
    name: "set creates, and replaces",
    contract: WRITE,
    async run(fixture) {
      const { manager } = await fixture.open();
      await manager.set("a", { token: "1" });
      expectEqual((await manager.get("a"))?.value, { token: "1" }, "the value that `set` created");
      await manager.set("a", { token: "2" });
      expectEqual((await manager.get("a"))?.value, { token: "2" }, "the value that `set` replaced");
    },
  },
  {
    name: "update of an absent secret is NOT_FOUND and creates none",
    contract: WRITE,
    async run(fixture) {
      const client = await fixture.open();
      await expectFailure("`update`", () => client.manager.update("a", { token: "1" }), "NOT_FOUND");
      await expectFailure(
        "`update` with a function",
        () => client.manager.update("a", () => ({ token: "1" })),
        "NOT_FOUND",
      );
      await expectAbsent(client, "a");
    },
  },
  {
    name: "delete returns whether there was a secret",
    contract: DELETE,
    async run(fixture) {
      const { manager } = await fixture.openWith({ a: { token: "1" } });
      expectEqual(await manager.delete("b"), false, "`delete` of a secret that was never there");
      expectEqual(await manager.delete("a"), true, "`delete` of a secret that is there");
      expectEqual(await manager.delete("a"), false, "`delete` of a secret that was deleted");
    },
  },
  {
    name: "a deleted secret is absent for every call, and can be created again",
    contract: DELETE,
    async run(fixture) {
      const client = await fixture.openWith({ a: { token: "1" } });
      await client.manager.delete("a");
      await expectAbsent(client, "a");
      await client.manager.create("a", { token: "2" });
      expectEqual((await client.manager.get("a"))?.value, { token: "2" }, "the value of the new secret");
    },
  },
  {
    name: "a deleted secret leaves nothing in the store",
    contract: 'SecretsBackend.delete: "with everything that the store keeps of it, including older versions"',
    async run(fixture) {
      const { manager } = await fixture.openWith({ a: { token: "1" } });
      await manager.set("a", { token: "2" });
      const before = await fixture.readRaw("a");
      expectThat(before !== undefined, "`readRaw` to find a secret that is there", "undefined");
      await manager.delete("a");
      expectEqual(await fixture.readRaw("a"), undefined, "what the store holds after `delete`");
    },
  },
  {
    name: "getMany returns one result for every name",
    contract: 'SecretsBackend.getMany: "Every name must be a key of the result"',
    async run(fixture) {
      const { manager, backend } = await fixture.open();
      const names = Array.from({ length: 40 }, (_, index) => `many/${index}`);
      for (const name of names.filter((_, index) => index % 2 === 0)) await manager.create(name, { name });
      const many = await manager.getMany([...names, ...names.slice(0, 3)]);
      expectEqual([...many.keys()], names, "the names that `getMany` answers for");
      for (const [index, name] of names.entries()) {
        const answer = many.get(name);
        const came = answer?.status === "found" ? answer.secret.value : answer?.status;
        expectEqual(came, index % 2 === 0 ? { name } : "absent", `the answer for ${name}`);
      }
      if (backend.getMany === undefined) return;
      const own = await backend.getMany(["many/0", "many/1"], fixture.context());
      expectEqual(
        [...own.keys()].sort(),
        ["many/0", "many/1"],
        "the keys that the backend's own `getMany` gives",
      );
    },
  },
  ...getManyCases,
  {
    name: "getMany returns the other secrets when one cannot be read",
    contract: 'SecretsManager.getMany: "The failure of one does not fail the others"; ReadResult: "failed"',
    async run(fixture) {
      const { manager } = await fixture.openWith({ good: { token: "1" }, bad: { token: "2" } });
      await fixture.seedRaw("bad", "no value");
      const many = await manager.getMany(["good", "bad", "none"]);
      const statuses = Object.fromEntries([...many].map(([name, { status }]) => [name, status]));
      expectEqual(statuses, { good: "found", bad: "failed", none: "absent" }, "the statuses");
    },
  },
  {
    name: "a write returns the information about its secret",
    contract: 'StoredInfo.name; SecretsBackend.write returns a "StoredInfo"',
    async run(fixture) {
      const { backend } = await fixture.open();
      const info = await backend.write(
        "a/b",
        Object.freeze({ token: "1" }),
        { expect: "absent" },
        fixture.context(),
      );
      expectEqual(info.name, "a/b", "the `name` that `write` returns");
      expectThat(!("value" in info), "what `write` returns to hold no `value`", show(Object.keys(info)));
      const stored = await backend.get("a/b", fixture.context());
      expectEqual(stored?.name, "a/b", "the `name` that `get` returns");
    },
  },
  ...separateStoreCases,
];

async function expectAbsent({ manager, backend }: BackendClient, name: string): Promise<void> {
  const secret = await manager.get(name);
  expectEqual(secret?.value, undefined, "what `get` gives");
  expectEqual(await manager.has(name), false, "what `has` gives");
  expectEqual((await manager.getMany([name])).get(name)?.status, "absent", "the status that `getMany` gives");
  if (!backend.capabilities.list) return;
  const names = await Array.fromAsync(manager.list(), (info) => info.name);
  expectThat(!names.includes(name), `the list not to hold ${JSON.stringify(name)}`, show(names));
}
