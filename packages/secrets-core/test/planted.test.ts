import { inspect } from "node:util";
import { showsPlantedText } from "@archestra/test-harness/planted-values";
import { describe, expect, test } from "vitest";
import { SecretsError } from "../src/index.ts";
import { plantedText, plantedValue } from "./planted.ts";

describe("the watch for planted texts", () => {
  test.each<[where: string, thing: () => unknown]>([
    ["a string", () => `before ${plantedText()} after`],
    ["an error's message", () => new Error(plantedText())],
    ["an error's name", () => Object.assign(new Error("x"), { name: plantedText() })],
    ["a cause", () => new Error("x", { cause: plantedValue() })],
    [
      "a cause of a cause",
      () => new Error("x", { cause: new Error("y", { cause: new Error(plantedText()) }) }),
    ],
    ["a property", () => Object.assign(new Error("x"), { config: { headers: [plantedValue()] } })],
    ["a hidden property", () => Object.defineProperty(new Error("x"), "hidden", { value: plantedText() })],
    ["what it says as JSON", () => Object.assign(new Error("x"), { toJSON: () => plantedValue() })],
    ["what it says when it is inspected", () => ({ [inspect.custom]: () => plantedText() })],
    [
      "a property behind an inspection of its own",
      () => ({ token: plantedText(), [inspect.custom]: () => "nothing" }),
    ],
    ["a stack", () => Object.assign(new Error("x"), { stack: plantedText() })],
    ["several errors in one", () => new AggregateError([new Error(plantedText())])],
    ["a key of a map", () => new Map([[plantedText(), 1]])],
  ])("finds one in %s", (_where, thing) => {
    expect(showsPlantedText(thing())).toBe(true);
  });

  test("finds none where there is none", () => {
    expect(
      showsPlantedText(new SecretsError("INTERNAL", "It failed.", { cause: new Error(plantedText()) })),
    ).toBe(false);
  });

  test("receives every SecretsError, since the watch provides its base class", () => {
    expect(Object.getPrototypeOf(SecretsError)).not.toBe(Error);
    expect(Object.getPrototypeOf(SecretsError.prototype)).toBe(Error.prototype);
  });
});
