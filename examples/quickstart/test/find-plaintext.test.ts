import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { findPlaintext } from "../src/find-plaintext.ts";
import { temporaryFolder } from "./run-script.ts";

test("a text is found as it is, as JSON spells it, and when a page border cuts it", () => {
  const folder = temporaryFolder();
  const long = Array.from({ length: 400 }, (_, index) => `${index}`).join("-");
  writeFileSync(join(folder, "plain"), "…a-plain-secret…");
  writeFileSync(join(folder, "json"), JSON.stringify({ key: "two\nlines of it" }));
  writeFileSync(join(folder, "cut"), `${long.slice(0, 700)}\0\0\0\0${long.slice(700)}`);

  const texts = ["a-plain-secret", "two\nlines of it", long, "not-in-any-file"];
  expect(findPlaintext(folder, texts).map(({ file }) => file)).toEqual(["plain", "json", "cut"]);
});
