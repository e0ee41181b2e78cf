import { randomUUID } from "node:crypto";
import { fail } from "../expectation/expectation.ts";
import { renderingsOf } from "./renderings.ts";

/** A text that a case plants as a secret: unique, so that it is found wherever it leaks. */
export function plantedText(): string {
  return `planted-${randomUUID()}`;
}

/**
 * Fails when anything that prints, logs or serialises a thing would show one of the texts.
 *
 * @param where what the thing is, as in "an error of `create`"
 */
export function expectNotShown(texts: readonly string[], thing: unknown, where: string): void {
  const shown = renderingsOf(thing).some((rendering) => texts.some((text) => rendering.includes(text)));
  if (shown) fail(`${where} not to show a value that was planted`, "the value is in it");
}
