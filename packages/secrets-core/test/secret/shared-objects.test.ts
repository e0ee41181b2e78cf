import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { StandardSchema } from "../../src/plugin.ts";
import { isSameValue } from "../../src/plugin.ts";
import type { SecretValue } from "../../src/secret/secret.ts";
import { copySecretValue } from "../../src/secret/secret-value.ts";
import { plantedValue } from "../planted.ts";
import { failure, thrownBy } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";
import { runNode } from "../support/run-node.ts";

const CHILD_MILLISECONDS = 120_000;

/** In a process of its own with little memory: a walk that visits a shared object each time it occurs never ends. */
function inChild(body: string): Promise<unknown> {
  return runNode(`
    import { createSecretsManager } from "./src/index.ts";
    import { memoryPlugin } from "./src/memory.ts";
    const shared = (levels, wrap) => {
      let value = "end";
      for (let level = 0; level < levels; level++) value = wrap(value);
      return value;
    };
    const manager = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
    ${body}
  `);
}

describe("a value in which objects occur many times", () => {
  test.each([
    ["arrays", "(value) => [value, value]"],
    ["wide arrays", "(value) => new Array(10_000).fill(value)"],
    ["objects", "(value) => ({ a: value, b: value })"],
    ["empty keys", '(value) => ({ "": value, a: [value] })'],
  ])(
    "is refused as too large before it is expanded: %s",
    async (_what, wrap) => {
      const outcome = await inChild(`
        const reasons = [];
        for (const levels of [23, 40, 49]) {
          const value = { a: shared(levels, ${wrap}) };
          for (const call of [
            () => manager.create("a", value),
            () => manager.set("a", value),
            () => manager.set("b", { fine: true }).then(() => manager.update("b", () => value)),
          ]) reasons.push(await call().then(() => "stored", (error) => error.reason));
        }
        console.log(JSON.stringify(reasons));
      `);

      expect(outcome).toEqual(new Array(9).fill("VALUE_TOO_LARGE"));
    },
    CHILD_MILLISECONDS,
  );

  test("is measured by the length of its JSON, however its objects are shared", () => {
    const part = fc.oneof(fc.string({ unit: "binary" }), fc.integer(), fc.constantFrom(null, true, "<", "é"));
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.integer({ min: 0, max: 14 }), (entries, doublings) => {
        let shared: unknown = { list: entries, "key\u2028": entries };
        for (let level = 0; level < doublings; level++) shared = [shared, shared];
        const value = { shared };
        const isWellFormed = JSON.stringify(value).isWellFormed() && entries.every(isStorable);
        fc.pre(isWellFormed);
        const bytes = storedBytes(JSON.stringify(value));

        if (bytes <= 512 * 1024) expect(JSON.stringify(copySecretValue(value))).toBe(JSON.stringify(value));
        else expect(thrownBy(() => copySecretValue(value)).reason).toBe("VALUE_TOO_LARGE");
      }),
      { numRuns: 100 },
    );
  });
});

describe("a schema's output", () => {
  test("may hold itself: it is frozen, each object once", async () => {
    const cyclic: { self?: unknown; list: unknown[] } = { list: [] };
    cyclic.self = cyclic;
    cyclic.list.push(cyclic, cyclic.list);

    expect(await output(cyclic)).toBe(cyclic);
    expect(Object.isFrozen(cyclic) && Object.isFrozen(cyclic.list)).toBe(true);
  });

  test(
    "may hold an object many times",
    async () => {
      const outcome = await inChild(`
        await manager.create("a", { token: "t" });
        const value = { a: shared(200, (value) => [value, value]) };
        const schema = { "~standard": { version: 1, vendor: "test", validate: () => ({ value }) } };
        const secret = await manager.get("a", { schema });
        console.log(JSON.stringify(Object.isFrozen(secret.value.a[1][0][1])));
      `);

      expect(outcome).toBe(true);
    },
    CHILD_MILLISECONDS,
  );

  test("is not evaluated: accessors and proxies stay as they are", async () => {
    let computed = 0;
    const endless = (): object =>
      Object.defineProperty({}, "next", {
        get: () => {
          if (++computed > 50) throw new Error("The walk goes on for ever.");
          return endless();
        },
        enumerable: true,
      });
    const proxied: object = new Proxy(
      {},
      {
        ownKeys: () => {
          computed++;
          return ["next"];
        },
        getOwnPropertyDescriptor: () => ({ value: proxied, enumerable: true, configurable: true }),
        preventExtensions: () => false,
      },
    );
    const list: unknown[] = [];
    Object.defineProperty(list, 0, { get: endless, enumerable: true });

    const value = { endless: endless(), proxied, list, plain: { a: 1 } };

    expect(await output(value)).toBe(value);
    expect(Object.isFrozen(value.plain)).toBe(true);
    expect(computed).toBe(0);
  });

  test("that refuses with a million issues and endless paths is reported by some of them", async () => {
    let read = 0;
    const key = {
      get key() {
        read++;
        return "k";
      },
    };
    const issue = { message: "no", path: new Array(1_000).fill(key) };
    const error = await failure(validated({ issues: new Array(100_000).fill(issue) }));

    expect(error).toMatchObject({ code: "INVALID_VALUE", reason: "SCHEMA_REFUSED" });
    expect(error.message.length).toBeLessThan(5_000);
    expect(read).toBeLessThan(100_000);
  });
});

describe("a value of a store", () => {
  test("in which an object holds itself is frozen all the same", async () => {
    const cyclic: Record<string, unknown> = { token: "t" };
    cyclic.self = { again: cyclic };
    const manager = await openBackend(
      fakeBackend({ get: async (name) => ({ name, version: "1", value: cyclic as SecretValue }) }),
    );

    expect((await manager.get("a"))?.value).toBe(cyclic);
    expect(Object.isFrozen(cyclic.self)).toBe(true);
  });

  test("that is nested more deeply than the stack reaches can be read and compared", async () => {
    const text = `{"a":${"[".repeat(200_000)}${"]".repeat(200_000)}}`;
    const manager = await openBackend(
      fakeBackend({ get: async (name) => ({ name, version: "1", value: JSON.parse(text) }) }),
    );

    const value = (await manager.get("a"))?.value as SecretValue;

    expect(isSameValue(value, JSON.parse(text))).toBe(true);
    expect(isSameValue(value, JSON.parse(text.replace("[]", "[1]")))).toBe(false);
  });

  test("in which objects hold themselves is compared in finite time, whether it is equal or not", () => {
    expect(isSameValue(ring(2), ring(3))).toBe(true);
    expect(isSameValue(ring(2), { next: { next: ring(4), other: 1 } } as never)).toBe(false);
  });

  test("in which objects occur many times is compared in as many steps as it has objects", () => {
    let compared = 0;
    const folded = () => {
      const last = Object.defineProperty({}, "end", { get: () => ++compared && 1, enumerable: true });
      let value: unknown = last;
      for (let level = 0; level < 20; level++) value = { a: value, b: value };
      return value as SecretValue;
    };

    expect(isSameValue(folded(), folded())).toBe(true);
    expect(compared).toBeLessThan(100);
  });
});

async function validated(result: object): Promise<unknown> {
  const manager = await openMemory();
  await manager.create("a", plantedValue());
  const schema = { "~standard": { version: 1, vendor: "test", validate: () => result } };
  return (await manager.get("a", { schema: schema as unknown as StandardSchema }))?.value;
}

function output(value: object): Promise<unknown> {
  return validated({ value });
}

/** A ring of objects. */
function ring(length: number): SecretValue {
  const first: Record<string, unknown> = {};
  let last = first;
  for (let index = 1; index < length; index++) {
    const next = {};
    last.next = next;
    last = next;
  }
  last.next = first;
  return first as SecretValue;
}

function isStorable(entry: unknown): boolean {
  return typeof entry !== "string" || entry.isWellFormed();
}

/** By the rule of the design, character for character. */
function storedBytes(json: string): number {
  return Buffer.byteLength(json.replace(/[<>&\u2028\u2029]/g, "123456"));
}
