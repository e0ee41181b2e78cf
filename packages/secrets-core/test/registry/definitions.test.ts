import { describe, expect, test } from "vitest";
import { backend, defineKind, definePlugin, option, slot, variable } from "../../src/plugin.ts";
import { plantedText } from "../planted.ts";
import { fakeBackend } from "../support/fake-backend.ts";

const definition = {
  kind: backend,
  id: "STORE",
  contractVersion: 1,
  settings: {},
  create: () => fakeBackend(),
};
const define = (changed: object) => () => definePlugin({ ...definition, ...changed } as never);
const described = { description: "Where it is." };

describe("definePlugin() refuses", () => {
  test.each<[string, object, string]>([
    ["an unknown field", { fallBack: "DB" }, "definePlugin has no field `fallBack`. Its fields: kind, id,"],
    ["a plugin without a kind", { kind: undefined }, "definePlugin: the field `kind` must be a kind, which"],
    [
      "a kind that is a text",
      { kind: "backend" },
      "the field `kind` must be a kind, which `defineKind` returns.",
    ],
    ["an empty id", { id: "" }, "the field `id` must be a string that is not empty."],
    ["an id that is no text", { id: 1 }, "the field `id` must be a string that is not empty."],
    ["a version that is a text", { contractVersion: "1" }, "`contractVersion` must be a whole number."],
    ["a plugin without create", { create: undefined }, "the field `create` must be a function."],
    ["ownership that is a text", { ownership: "yes" }, "the field `ownership` must be true or false."],
    [
      "a plugin without settings",
      { settings: undefined },
      "the field `settings` must be an object of settings.",
    ],
    [
      "a setting that is a text",
      { settings: { a: plantedText() } },
      "The setting `a` of the plugin STORE must be",
    ],
    ["options that are a list", { options: [] }, "the field `options` must be an object."],
  ])("%s", (_case, changed, message) => {
    expect(define(changed)).toThrow(TypeError);
    expect(define(changed)).toThrow(message);
    expect(define(changed)).not.toThrow(plantedText());
  });

  test("no argument", () => {
    expect(() => definePlugin(undefined as never)).toThrow("definePlugin takes an object.");
  });
});

describe("variable(), slot() and option() refuse", () => {
  const kind = defineKind<object>("part");
  test.each<[string, () => unknown, string]>([
    ["a name that is missing", () => variable("", described), "The name of a variable must be a string"],
    [
      "a misspelled field",
      () => variable("ADDR", { ...described, requierd: true } as never),
      "The variable ADDR has no field `requierd`. Its fields: description, schema, required,",
    ],
    [
      "no description",
      () => variable("ADDR", {} as never),
      "The variable ADDR: the field `description` must be",
    ],
    [
      "a boolean that is a text",
      () => variable("ADDR", { ...described, secret: "true" } as never),
      "The variable ADDR: the field `secret` must be true or false.",
    ],
    [
      "a schema that is none",
      () => variable("ADDR", { ...described, schema: {} } as never),
      "the field `schema` must be a Standard Schema validator.",
    ],
    ["no fields", () => variable("ADDR", undefined as never), "The variable ADDR takes an object."],
    [
      "a slot without a default",
      () => slot(kind, { variable: "PART" } as never),
      "A slot: the field `default`",
    ],
    [
      "a slot with an unknown field",
      () => slot(kind, { variable: "PART", default: "A", required: true } as never),
      "A slot has no field `required`.",
    ],
    [
      "a slot without a kind",
      () => slot(undefined as never, { variable: "A", default: "B" }),
      "the field `kind`",
    ],
    ["an option with a default", () => option({ ...described, default: 1 } as never), "no field `default`"],
  ])("%s", (_case, code, message) => {
    expect(code).toThrow(TypeError);
    expect(code).toThrow(message);
  });

  test("nothing of what is declared", () => {
    variable("ADDR", {
      ...described,
      required: undefined,
      default: "a",
      secret: true,
      live: true,
      remedy: "Set it.",
    });
    slot(kind, { variable: "PART", default: "A", description: "Which." });
    option(described);
  });
});
