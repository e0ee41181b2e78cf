import { expectEqual, expectThat, show } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { namesOf } from "../many-secrets.ts";

/** The values of a store, by their names. */
type Tokens = Readonly<Record<string, string>>;

/** Cases of two stores that are open at the same time, such as two prefixes of one server. */
export const separateStoreCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "two stores with the same names do not influence each other",
    contract:
      'SecretsBackend: "Each call concerns the secrets of its own store only, whatever else is on the same server"',
    async run(fixture) {
      const other = await fixture.openStore();
      const [one, two] = [await fixture.open(), await other.open()];
      for (const name of ["a", "b", "only/one"]) await one.manager.create(name, { token: `${name} in one` });
      for (const name of ["a", "b"]) await two.manager.create(name, { token: `${name} in two` });
      await expectHolds(one, { a: "a in one", b: "b in one", "only/one": "only/one in one" }, "the first");
      await expectHolds(two, { a: "a in two", b: "b in two" }, "the second");

      await one.manager.delete("a");
      await two.manager.set("b", { token: "replaced" });
      await expectHolds(one, { b: "b in one", "only/one": "only/one in one" }, "the first");
      await expectHolds(two, { a: "a in two", b: "replaced" }, "the second");
    },
  },
];

async function expectHolds({ manager, backend }: BackendClient, tokens: Tokens, store: string) {
  for (const name of ["a", "b", "only/one"]) {
    expectEqual((await manager.get(name))?.value.token, tokens[name], `${name} in ${store} store`);
    expectEqual(await manager.has(name), tokens[name] !== undefined, `\`has\` of ${name} in ${store} store`);
  }
  const names = Object.keys(tokens);
  if (backend.capabilities.list) expectEqual(await namesOf(manager), names, `the list of ${store} store`);
  const { count } = await manager.check({ count: true });
  const isRight = count === undefined || count === names.length;
  expectThat(isRight, `\`check\` of ${store} store to count ${names.length}`, show(count));
}
