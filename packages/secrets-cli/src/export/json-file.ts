import type { Secret } from "@archestra/secrets-core";

/** One object of names and values, a secret on each line. */
export async function* jsonFile(secrets: AsyncIterable<Secret>): AsyncGenerator<string> {
  let separator = "{\n";
  for await (const { name, value } of secrets) {
    yield `${separator}${escaped(name)}: ${escaped(value)}`;
    separator = ",\n";
  }
  yield separator === "{\n" ? "{}\n" : "\n}\n";
}

/** JSON without characters that a terminal would obey or hide. */
function escaped(value: unknown): string {
  return JSON.stringify(value).replace(/[\p{C}\u2028\u2029]/gu, (character) =>
    Array.from(
      { length: character.length },
      (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
    ).join(""),
  );
}
