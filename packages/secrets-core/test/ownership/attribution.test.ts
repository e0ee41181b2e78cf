import { expect, test } from "vitest";
import { createSecretsManager, migrateSecrets, type SecretsManager } from "../../src/index.ts";
import { memoryPlugin } from "../../src/memory.ts";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { outerPlugin, TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

const steps: readonly [step: string, run: (manager: SecretsManager) => Promise<unknown>][] = [
  ["find", (manager) => manager.has("of-outer")],
  ["read", (manager) => manager.get("of-outer")],
  ["readMany", (manager) => manager.getMany(["of-outer"])],
  ["claim", (manager) => manager.create("none", value)],
  ["advance", (manager) => manager.delete("of-outer")],
  // With a copy elsewhere it takes several steps, of which this is the last.
  ["remove", (manager) => manager.delete("copied")],
  ["list", (manager) => Array.fromAsync(manager.list())],
  // Those are asked by the start.
  ["transitions", () => Promise.resolve()],
  ["count", () => Promise.resolve()],
];

test.each(steps)(
  "a failure of the ownership table in `%s` is classified by its ownership store and names it",
  async (step, run) => {
    const stores = new TwoStores();
    const before = await stores.open("OUTER");
    for (const name of ["of-outer", "copied"]) await before.create(name, value);
    await migrateSecrets(before, { to: "MEMORY", prefix: "copied" });

    const failed = new Error("It fell over.");
    const inner = memoryPlugin({ store: stores.table });
    const plugin: typeof inner = Object.create(inner, {
      create: {
        value: async (...args: Parameters<typeof inner.create>) => {
          const opened = await inner.create(...args);
          const fail = async () => {
            throw failed;
          };
          const isIterated = step === "list" || step === "transitions";
          const iterate = () => ({ [Symbol.asyncIterator]: () => ({ next: fail }) });
          Object.assign(opened.ownership ?? {}, { [step]: isIterated ? iterate : fail });
          return Object.assign(opened, { classify: (error: unknown) => error === failed && "RATE_LIMITED" });
        },
      },
    });
    const opening = createSecretsManager({
      plugins: [plugin, outerPlugin(stores.outer)],
      manager: "OUTER",
      env: {},
      logger: recordedLogger(),
    });
    const error = await failure(opening.then(run));
    expect(error).toMatchObject({ code: "RATE_LIMITED", manager: "MEMORY" });
  },
);

test("a plugin that declares an ownership table and has none fails with a message to report it to its author", async () => {
  const inner = memoryPlugin();
  const plugin: typeof inner = Object.create(inner, {
    create: {
      value: async (...args: Parameters<typeof inner.create>) =>
        Object.assign(await inner.create(...args), { ownership: undefined }),
    },
  });
  const opening = createSecretsManager({ plugins: [plugin], manager: "MEMORY", env: {} });
  const error = await failure(opening);
  expect(error).toMatchObject({ code: "INTERNAL", manager: "MEMORY" });
  expect(error.message).toContain("please report it to its author");
});
