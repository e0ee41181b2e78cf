import { expect, test } from "vitest";
import { expectNotShown } from "../src/redaction/planted-text.ts";

test("An error that is its own cause is searched for planted texts, once", () => {
  const inner = new Error("planted");
  const outer = new Error("outer", { cause: inner });
  inner.cause = outer;

  expect(() => expectNotShown(["planted"], outer, "an error")).toThrow(
    /not to show a value that was planted/,
  );
  expect(() => expectNotShown(["absent"], outer, "an error")).not.toThrow();
});
