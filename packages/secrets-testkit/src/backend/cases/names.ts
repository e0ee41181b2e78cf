import type { SecretsManager } from "@archestra/secrets-core";
import { expectEqual, expectFailure, outcomeOf } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { LONGEST_NAME, longNames, nameTables } from "../names-of-cases.ts";
import { pathCases } from "./paths.ts";

const IDENTITY =
  "SecretsBackend: a name is the identity of a secret; any name of the grammar (`assertSecretName`) is one, and no two are the same";

const refused: readonly string[] = [
  "",
  "/a",
  "a/",
  "a//b",
  ".",
  "./a",
  "a/./b",
  "..",
  "../a",
  "a/../b",
  "a/..",
  "a..b",
  "a\\..\\b",
  " a",
  "a ",
  "a/ b",
  "a\0b",
  "a\nb",
  "a\u200bb",
  "a\u202eb",
  "e\u0301",
  "s".repeat(256),
  "🙂".repeat(64),
  `${LONGEST_NAME}n`,
];

const calls: readonly (readonly [
  name: string,
  run: (manager: SecretsManager, name: string) => Promise<unknown>,
])[] = [
  ["create", (manager, name) => manager.create(name, { token: "1" })],
  ["set", (manager, name) => manager.set(name, { token: "1" })],
  ["get", (manager, name) => manager.get(name)],
  ["getMany", (manager, name) => manager.getMany(["a", name])],
  ["has", (manager, name) => manager.has(name)],
  ["update", (manager, name) => manager.update(name, { token: "1" })],
  ["update with a function", (manager, name) => manager.update(name, () => ({ token: "1" }))],
  ["delete", (manager, name) => manager.delete(name)],
];

export const nameCases: readonly ConformanceCase<BackendFixture>[] = [
  ...Object.entries(nameTables).map(
    ([what, names]): ConformanceCase<BackendFixture> => ({
      name: what,
      contract: IDENTITY,
      run: (fixture) => keepApart(fixture, names),
    }),
  ),
  {
    name: "a name with a segment of up to 255 bytes is stored whole, or rejected by every call",
    contract:
      "assertSecretName: segments of at most 255 bytes; a store with a lower limit rejects longer ones with INVALID_ARGUMENT, and accepts 96 bytes",
    async run(fixture) {
      const { manager } = await fixture.open();
      const kept: string[] = [];
      for (const name of longNames) {
        const outcome = await outcomeOf(() => manager.create(name, { name }));
        if (!outcome.failed) {
          kept.push(name);
          continue;
        }
        for (const [call, run] of calls) {
          const what = `\`${call}\` of a segment of ${Buffer.byteLength(name)} bytes, which \`create\` refused,`;
          if (call !== "getMany") await expectFailure(what, () => run(manager, name), "INVALID_ARGUMENT");
        }
      }
      const { manager: reader, backend } = await fixture.open();
      for (const name of kept)
        expectEqual((await reader.get(name))?.value, { name }, `the value of ${JSON.stringify(name)}`);
      if (backend.capabilities.list) {
        const names = await Array.fromAsync(reader.list(), ({ name }) => name);
        expectEqual(names, kept.toSorted(), "the list of the long names that were kept");
      }
      for (const name of kept)
        expectEqual(await reader.delete(name), true, `\`delete\` of ${JSON.stringify(name)}`);
    },
  },
  ...pathCases,
  {
    name: "a name that violates the grammar is rejected by every call, and nothing is written",
    contract: "assertSecretName: INVALID_ARGUMENT for a name that violates the grammar",
    async run(fixture) {
      const { manager, backend } = await fixture.open();
      for (const name of refused) {
        for (const [call, run] of calls) {
          await expectFailure(
            `\`${call}\` of ${JSON.stringify(name)}`,
            () => run(manager, name),
            "INVALID_ARGUMENT",
          );
        }
      }
      if (!backend.capabilities.list) return;
      const names = await Array.fromAsync(manager.list(), ({ name }) => name);
      expectEqual(names, [], "the list after nothing but refused calls");
    },
  },
];

/** Creates a secret under each name, then verifies the value and the deletion of each. */
async function keepApart(fixture: BackendFixture, names: readonly string[]): Promise<void> {
  const { manager } = await fixture.open();
  for (const name of names) {
    expectEqual(await manager.has(name), false, `\`has\` of ${JSON.stringify(name)}, before it is created,`);
    await manager.create(name, { name });
  }
  const { manager: reader } = await fixture.open();
  for (const name of names) {
    const secret = await reader.get(name);
    expectEqual(secret?.value, { name }, `the value of ${JSON.stringify(name)}`);
  }
  for (const [index, name] of names.entries()) {
    expectEqual(await manager.delete(name), true, `\`delete\` of ${JSON.stringify(name)}`);
    for (const [other, left] of names.entries()) {
      if (other !== index && other !== index + 1) continue;
      const what = `\`has\` of ${JSON.stringify(left)}, after ${JSON.stringify(name)} was deleted,`;
      expectEqual(await manager.has(left), other > index, what);
    }
  }
}
