import { inspect } from "node:util";

/** Everything that is written of a thing when somebody prints it, by whichever means. */
export function renderingsOf(thing: unknown): string[] {
  if (typeof thing === "string") return [thing];
  const texts = [
    inspect(thing, { depth: 20 }),
    inspect(thing, { depth: 20, customInspect: false, showHidden: true, getters: true }),
    attempt(() => String(thing)),
    attempt(() => JSON.stringify(thing) ?? ""),
  ];
  if (!(thing instanceof Error)) return texts;
  texts.push(thing.message, thing.stack ?? "");
  if (thing.cause !== undefined) texts.push(...renderingsOf(thing.cause));
  return texts;
}

function attempt(render: () => string): string {
  try {
    return render();
  } catch {
    return "";
  }
}
