import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { fail } from "../expectation/expectation.ts";

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
  const shown = renderings(thing).some((rendering) => texts.some((text) => rendering.includes(text)));
  if (shown) fail(`${where} not to show a value that was planted`, "the value is in it");
}

/** Everything that is written of a thing when somebody prints it, by whichever means. */
function renderings(thing: unknown): string[] {
  if (typeof thing === "string") return [thing];
  const texts = [
    inspect(thing, { depth: 20 }),
    inspect(thing, { depth: 20, customInspect: false, showHidden: true, getters: true }),
    attempt(() => String(thing)),
    attempt(() => JSON.stringify(thing) ?? ""),
  ];
  if (!(thing instanceof Error)) return texts;
  texts.push(thing.message, thing.stack ?? "");
  if (thing.cause !== undefined) texts.push(...renderings(thing.cause));
  return texts;
}

function attempt(render: () => string): string {
  try {
    return render();
  } catch {
    return "";
  }
}
