import { describe, expect, test } from "vitest";
import type { ConfigurationError } from "../../src/index.ts";
import { booleanSetting, type StandardSchema, stringSetting, variable } from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { thrownBy } from "../support/failure.ts";
import { openedSettings, resolveSettings } from "../support/settings-plugin.ts";

/**
 * A validator of another library, in the shape of Zod's: an instance of a class, with more members than Standard
 * Schema asks for, and issues with more fields.
 */
class ForeignInteger implements StandardSchema<string, number> {
  readonly "~standard" = {
    version: 1 as const,
    vendor: "foreign",
    validate: (input: unknown) =>
      /^\d+$/.test(String(input))
        ? { value: Number(input) }
        : {
            issues: [{ code: "invalid_type", path: [], message: `Expected an integer, received "${input}"` }],
          },
  };

  min(): this {
    return this;
  }
}

const issuesOf = (code: () => unknown) => (thrownBy(code) as ConfigurationError).issues;
const schemaOf = (validate: StandardSchema["~standard"]["validate"]): StandardSchema => ({
  "~standard": { version: 1, vendor: "test", validate },
});

describe("a schema of a setting", () => {
  test("can be any Standard Schema, be it an instance of a class, a function or a plain object", async () => {
    const callable = Object.assign(
      () => {},
      schemaOf((input) => ({ value: `${input}!` })),
    );
    const settings = {
      instance: variable("A", { schema: new ForeignInteger().min(), description: "X." }),
      callable: variable("B", { schema: callable, description: "X." }),
      plain: variable("C", { schema: stringSetting, description: "X." }),
    };

    const opened = await openedSettings(settings, { env: { A: "1", B: "b", C: "c" } });

    expect(opened).toEqual({ instance: 1, callable: "b!", plain: "c" });
  });

  test("parses the default as well, and what is given in code", async () => {
    const settings = {
      port: variable("PORT", { schema: new ForeignInteger(), default: "8200", description: "X." }),
    };

    expect((await openedSettings(settings)).port).toBe(8200);
    expect((await openedSettings(settings, { options: { port: "5" } })).port).toBe(5);
    expect(issuesOf(() => resolveSettings(settings, { options: { port: "five" } }))).toMatchObject([
      { problem: "invalid", option: "port", plugin: "STORE" },
    ]);
  });

  test("has its received value truncated where it would fill the message", () => {
    const settings = {
      a: variable("A", { schema: schemaOf(() => ({ issues: [{ message: "No" }] })), description: "X." }),
    };
    const [issue] = issuesOf(() => resolveSettings(settings, { env: { A: "x".repeat(9_000) } }));

    expect(issue?.expected.length).toBeLessThan(200);
  });

  test("that throws rejects the setting, without the message of the error", () => {
    const throwing = schemaOf((input) => {
      throw new Error(`cannot parse ${input}`);
    });
    const settings = {
      key: variable("KEY", {
        schema: throwing,
        secret: true,
        schemaMessagesAreSafe: true,
        description: "The key.",
      }),
      place: variable("PLACE", { schema: throwing, description: "The place." }),
    };

    const error = thrownBy(() =>
      resolveSettings(settings, { env: { KEY: plantedText(), PLACE: "nowhere" } }),
    );

    expect((error as ConfigurationError).issues).toMatchObject([
      { problem: "invalid", variable: "KEY" },
      { problem: "invalid", variable: "PLACE" },
    ]);
    expect(error.message).not.toContain("cannot parse");
    expect(error.message).not.toContain("nowhere");
  });

  test("that is asynchronous is a TypeError, and its later rejection is ignored", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const failing = schemaOf(() => Promise.reject(new Error(plantedText())));
    const settings = { key: variable("KEY", { schema: failing, secret: true, description: "The key." }) };

    expect(() => resolveSettings(settings, { env: { KEY: plantedText() } })).toThrow(TypeError);
    await new Promise((resolve) => setImmediate(resolve));

    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});

describe("booleanSetting with countsAsMissing", () => {
  const settings = {
    licence: variable("LICENCE", {
      schema: booleanSetting,
      required: true,
      countsAsMissing: (activated) => !activated,
      description: "The licence.",
    }),
  };

  test.each(["false", "0", "no", "off", "FALSE", " Off ", ""])("treats %j as missing", (text) => {
    expect(issuesOf(() => resolveSettings(settings, { env: { LICENCE: text } }))).toMatchObject([
      { problem: "missing", variable: "LICENCE" },
    ]);
  });

  test.each(["true", "1", "yes", "on", "TRUE", " On "])("treats %j as set", async (text) => {
    expect((await openedSettings(settings, { env: { LICENCE: text } })).licence).toBe(true);
  });

  test("rejects anything else", () => {
    expect(issuesOf(() => resolveSettings(settings, { env: { LICENCE: "maybe" } }))).toMatchObject([
      { problem: "invalid", variable: "LICENCE" },
    ]);
  });

  test("treats a boolean given in code in the same way", async () => {
    expect((await openedSettings(settings, { options: { licence: true } })).licence).toBe(true);
    expect(issuesOf(() => resolveSettings(settings, { options: { licence: false } }))).toMatchObject([
      { problem: "missing" },
    ]);
  });
});

test("a variable that is required unless another is set is not missing beside another that is wrong", () => {
  const settings = {
    port: variable("PORT", { schema: new ForeignInteger(), description: "X." }),
    socket: variable("SOCKET", { requiredUnless: "PORT", description: "X." }),
  };

  expect(issuesOf(() => resolveSettings(settings, { env: { PORT: "five" } }))).toMatchObject([
    { problem: "invalid", variable: "PORT" },
  ]);
});
