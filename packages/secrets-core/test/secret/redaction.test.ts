import { Console } from "node:console";
import { Writable } from "node:stream";
import { format, type InspectOptions, inspect } from "node:util";
import { describe, expect, test } from "vitest";
import type { Secret } from "../../src/index.ts";
import { plantedText } from "../planted.ts";
import { openMemory } from "../support/open-manager.ts";

const token = plantedText();
const { secret, info } = await (async () => {
  const manager = await openMemory();
  const created = await manager.create("github_token", { token, nested: { token } });
  return { secret: (await manager.get("github_token")) as Secret, info: created };
})();

const renderings: readonly [how: string, render: (thing: unknown) => string][] = [
  ...inspectModes().map((options): [string, (thing: unknown) => string] => [
    `inspect with ${JSON.stringify(options)}`,
    (thing) => inspect(thing, options),
  ]),
  ["JSON.stringify", (thing) => JSON.stringify(thing)],
  ["a template string", (thing) => `${thing}`],
  ["String", (thing) => String(thing)],
  ["concatenation", (thing) => `${thing}`],
  ["structuredClone", (thing) => inspect(structuredClone(thing), { showHidden: true })],
  ["format with %s, %j, %o and %O", (thing) => format("%s %j %o %O", thing, thing, thing, thing)],
  ["console.log", printed("log")],
  ["console.dir", printed("dir")],
  ["console.table", printed("table")],
  ["Object.entries", (thing) => inspect(Object.entries(thing as object), { depth: 20 })],
  [
    "Object.getOwnPropertyNames",
    (thing) =>
      Object.getOwnPropertyNames(thing)
        .map((key) => inspect((thing as Record<string, unknown>)[key]))
        .join(),
  ],
  ["a spread", (thing) => inspect({ ...(thing as object) }, { depth: 20, showHidden: true })],
  ["Object.assign", (thing) => JSON.stringify(Object.assign({}, thing))],
  ["for … in", (thing) => inspect(keysAndValues(thing as Record<string, unknown>))],
];

describe("a secret", () => {
  test("reveals its value only through `secret.value`", () => {
    expect(secret.value).toEqual({ token, nested: { token } });
  });

  test.each(renderings)("does not show its value under %s", (_how, render) => {
    for (const holder of [secret, { holding: { the: secret } }, [secret], new Map([["secret", secret]])]) {
      expect(render(holder)).not.toContain(token);
    }
  });

  test.each(renderings.filter(([how]) => how.startsWith("inspect") || how.startsWith("JSON")))(
    "does show its name and manager under %s",
    (_how, render) => {
      expect(render(secret)).toContain("github_token");
      expect(render(secret)).toContain("MEMORY");
    },
  );

  test("is frozen, and its properties are information only", () => {
    expect(Object.isFrozen(secret)).toBe(true);
    expect(Object.keys(secret).sort()).toEqual(["createdAt", "manager", "name", "updatedAt", "version"]);
    expect(Reflect.ownKeys(secret).sort()).toEqual(Object.keys(secret).sort());
  });
});

test("create() returns the frozen information of the secret without its value", () => {
  expect({ ...info }).toEqual({ ...secret });
  expect(Object.isFrozen(info)).toBe(true);
});

test("an error that carries a secret as a property does not show it", () => {
  const error = Object.assign(new Error("failed"), { secret });

  expect(inspect(error, { depth: 10, showHidden: true, customInspect: false })).not.toContain(token);
  expect(JSON.stringify(error)).not.toContain(token);
});

function inspectModes(): InspectOptions[] {
  const depth = 20;
  return [
    {},
    { depth },
    { depth, getters: true },
    { depth, showHidden: true },
    { depth, customInspect: false },
    { depth, customInspect: false, showHidden: true },
    { depth, showHidden: true, getters: true },
    { depth, customInspect: false, showHidden: true, getters: true },
    { depth, customInspect: false, showHidden: true, showProxy: true, compact: false },
  ];
}

function printed(method: "log" | "dir" | "table"): (thing: unknown) => string {
  return (thing) => {
    let output = "";
    const stream = new Writable({
      write(chunk, _encoding, done) {
        output += chunk;
        done();
      },
    });
    new Console(stream, stream)[method](thing);
    return output;
  };
}

function keysAndValues(thing: Record<string, unknown>): unknown[] {
  const found: unknown[] = [];
  for (const key in thing) found.push(key, thing[key]);
  return found;
}
