import { randomBytes } from "node:crypto";
import { fail } from "../expectation/expectation.ts";
import { byteListsIn } from "./byte-lists.ts";
import { excerptsOf } from "./excerpts.ts";
import { renderingsOf } from "./renderings.ts";

const LENGTH = 40;

/** A text that a case plants as a secret: random in every part, so that an excerpt of it is found wherever it leaks. */
export function plantedText(): string {
  const letters = randomBytes(2 * LENGTH)
    .toString("base64")
    .replaceAll(/[^A-Za-z0-9]/g, "");
  // A random word has both letters and digits.
  return `${letters.slice(0, LENGTH)}p1`;
}

/**
 * Fails when anything that prints, logs or serialises a thing would show one of the texts, or eight successive characters of
 * one, also as a list of their bytes.
 *
 * @param where what the thing is, as in "an error of `create`"
 * @param shown texts that everything may show
 */
export function expectNotShown(
  texts: readonly string[],
  thing: unknown,
  where: string,
  shown: readonly string[] = [],
): void {
  const excerpts = texts.map((text) => excerptsOf(text, shown));
  for (const rendering of renderingsOf(thing)) {
    // base64 in both of its alphabets.
    const base64url = rendering.replaceAll("+", "-").replaceAll("/", "_");
    const searched = [rendering, base64url, ...byteListsIn(rendering)];
    const excerpt = excerpts.flat().find((part) => searched.some((text) => text.includes(part)));
    if (excerpt === undefined) continue;
    const came = texts.includes(excerpt)
      ? "the value is in it"
      : `${excerpt.length} successive characters of the value, or of an encoding of it, are in it`;
    fail(`${where} not to show a value that was planted`, came);
  }
}
