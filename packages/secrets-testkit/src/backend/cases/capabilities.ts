import type { Capabilities } from "@archestra/secrets-core";
import { expectEqual, expectFailure, expectThat, outcomeOf, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

const MANIFEST = 'SecretsBackend.capabilities: "frozen, and the same from the first call to the last"';
const DECLARED = 'Capabilities: "What is declared works, and what is not declared is UNSUPPORTED"';
const members: readonly (keyof Capabilities)[] = ["versions", "conditionalWrites", "list"];

export const capabilityCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "the capabilities are one frozen object of booleans",
    contract: MANIFEST,
    async run(fixture) {
      const { backend, manager } = await fixture.open();
      const { capabilities } = backend;
      expectThat(Object.isFrozen(capabilities), "`capabilities` to be frozen", "it is not");
      for (const member of members) {
        expectEqual(typeof capabilities[member], "boolean", `the type of \`capabilities.${member}\``);
      }
      expectThat(backend.capabilities === capabilities, "the same object each time", "another one");
      const described = manager.describe().capabilities;
      expectThat(Object.isFrozen(described), "the capabilities of `describe()` to be frozen", "they are not");
      // Rows can be listed, whatever their owners can do.
      const list = capabilities.list || backend.ownership !== undefined;
      expectEqual({ ...described }, { ...capabilities, list }, "the capabilities of `describe()`");
    },
  },
  {
    name: "the capabilities are the same during use, after failures and close, and for every client",
    contract: MANIFEST,
    async run(fixture) {
      const { backend, manager } = await fixture.openWith({ a: { token: "1" } });
      const before = { ...backend.capabilities };
      await manager.set("a", { token: "2" });
      await outcomeOf(() => manager.create("a", { token: "3" }));
      const other = await fixture.open();
      expectEqual({ ...other.backend.capabilities }, before, "the capabilities of another client");
      await manager.close();
      expectEqual({ ...backend.capabilities }, before, "the capabilities after close");
    },
  },
  {
    name: "conditional writes come with versions",
    contract: "Capabilities.conditionalWrites: a condition is a version, which `versions` declares",
    async run(fixture) {
      const { capabilities } = (await fixture.open()).backend;
      const isPossible = capabilities.versions || !capabilities.conditionalWrites;
      expectThat(isPossible, "`versions` to be true where `conditionalWrites` is", show(capabilities));
    },
  },
  {
    name: "versions are returned exactly when they are declared",
    contract: DECLARED,
    async run(fixture) {
      const { backend } = await fixture.open();
      const { versions } = backend.capabilities;
      const value = Object.freeze({ token: "1" });
      const written = await backend.write("a", value, { expect: "any" }, fixture.context());
      const read = await backend.get("a", fixture.context());
      const infos = [written, read];
      if (backend.capabilities.list) {
        infos.push(...(await Array.fromAsync(backend.list({ prefix: "" }, fixture.context()))));
      }
      for (const info of infos) {
        const hasVersion = typeof info?.version === "string" && info.version !== "";
        const expected = versions ? "a version, as declared" : "no version, as none are declared";
        expectThat(hasVersion === versions, expected, show(info?.version));
      }
    },
  },
  {
    name: "conditions on a version work exactly when they are declared, and are UNSUPPORTED otherwise",
    contract: DECLARED,
    async run(fixture) {
      const { backend, manager } = await fixture.openWith({ a: { token: "1" } });
      const { conditionalWrites } = backend.capabilities;
      const code = conditionalWrites ? "CONFLICT" : "UNSUPPORTED";
      const expect = { version: "no version" };
      const value = Object.freeze({ token: "2" });
      const context = fixture.context();
      await expectFailure("`write`", () => backend.write("a", value, { expect }, context), code);
      await expectFailure("`delete`", () => backend.delete("a", { expect }, context), code);
      const ifVersion = "no version";
      await expectFailure(
        "the manager's `update`",
        () => manager.update("a", { token: "2" }, { ifVersion }),
        code,
      );
      await expectFailure("the manager's `delete`", () => manager.delete("a", { ifVersion }), code);
      expectEqual((await manager.get("a"))?.value, { token: "1" }, "the value afterwards");
    },
  },
  {
    name: "list works exactly when it is declared, and is UNSUPPORTED otherwise",
    contract: DECLARED,
    async run(fixture) {
      const { backend, manager } = await fixture.openWith({ a: { token: "1" } });
      const listOf = () =>
        Array.fromAsync(backend.list({ prefix: "" }, fixture.context()), ({ name }) => name);
      if (backend.capabilities.list) {
        expectEqual(await listOf(), ["a"], "the list");
        return;
      }
      await expectFailure("`list`", listOf, "UNSUPPORTED");
      await expectFailure("the manager's `list`", async () => manager.list(), "UNSUPPORTED");
    },
  },
  {
    name: "check reports a healthy store, and counts only on request",
    contract:
      'SecretsBackend.check: "Returns the state of the store cheaply, and with `count` also how many secrets it holds"',
    async run(fixture) {
      const { manager } = await fixture.openWith({ a: { token: "1" }, b: { token: "2" } });
      const health = await manager.check();
      expectEqual(health.status, "healthy", "the status");
      expectEqual([...health.problems], [], "the problems");
      expectEqual(health.count, undefined, "the count without a request for it");
      const { count, unlistedCount } = await manager.check({ count: true });
      expectThat(count === undefined || count === 2, "the count 2, or none", show(count));
      const isNone = unlistedCount === undefined || unlistedCount === 0;
      expectThat(isNone, "no unlisted entries", show(unlistedCount));
    },
  },
  {
    name: "optional members are functions or absent",
    contract:
      "SecretsBackend: `getMany`, `has`, `history`, `classify`, `location` and `ownership` are optional",
    async run(fixture) {
      const { backend } = await fixture.open();
      for (const member of ["getMany", "has", "history", "classify"] as const) {
        const type = typeof backend[member];
        expectThat(
          type === "function" || type === "undefined",
          `\`${member}\` to be a function or left out`,
          type,
        );
      }
      const { location } = backend;
      const isText = location === undefined || (typeof location === "string" && location.trim() !== "");
      expectThat(isText, "`location` to be a text or absent", show(location));
      const outcome = await outcomeOf(async () => backend.classify?.(new Error("a stranger")));
      expectThat(!outcome.failed, "`classify` not to throw", "it threw");
    },
  },
];
