import { plantedText } from "@archestra/test-harness/planted-values";
import { describe, expect, test } from "vitest";
import { vaultPath, vaultSegment } from "../../src/auth.ts";

const outcomeOf = (schema: typeof vaultPath, input: unknown) => schema["~standard"].validate(input);
const problemOf = (schema: typeof vaultPath, input: unknown) =>
  (outcomeOf(schema, input) as { readonly issues?: readonly { readonly message: string }[] }).issues?.[0]
    ?.message;

describe("vaultSegment accepts one segment of a path", () => {
  test.each([
    ["deployer", "deployer"],
    ["  ci.deploy-1 ", "ci.deploy-1"],
    ["ada@example.com", "ada@example.com"],
    ["50%", "50%"],
    ["Zoë", "Zoë"],
  ])("%o", (input, value) => {
    expect(outcomeOf(vaultSegment, input)).toEqual({ value });
  });
});

describe("vaultSegment refuses without quoting it", () => {
  const text = plantedText();
  test.each([
    [`auth/kubernetes/role/${text}`, "must be one segment of a path, without `/`"],
    [`/${text}`, "must be one segment of a path, without `/`"],
    [`${text}/`, "must be one segment of a path, without `/`"],
    ["", "has an empty segment"],
    [".", "has a segment `.` or one with `..`"],
    [`..${text}`, "has a segment `.` or one with `..`"],
    [`${text}\u0000`, "has a character that cannot be seen"],
    [`${text}\ud800`, "has half of a surrogate pair"],
    [1, "must be a string"],
  ])("%o", (input, problem) => {
    expect(problemOf(vaultSegment, input)).toBe(problem);
  });
});

test("vaultPath accepts what vaultSegment does, and several segments", () => {
  expect(outcomeOf(vaultPath, "deployer")).toEqual({ value: "deployer" });
  expect(outcomeOf(vaultPath, "/team/approle/")).toEqual({ value: "team/approle" });
  expect(problemOf(vaultPath, "team//approle")).toBe("has an empty segment");
});
