import { inspect } from "node:util";

/** Returns every printed form of a value. */
export function renderingsOf(thing: unknown): string[] {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  // An error can be its own cause.
  for (let next = thing; !seen.has(next); next = (next as Error).cause) {
    seen.add(next);
    texts.push(...renderingsOfOne(next));
    if (!(next instanceof Error) || next.cause === undefined) break;
  }
  return texts;
}

function renderingsOfOne(thing: unknown): string[] {
  if (typeof thing === "string") return [thing];
  const texts = [
    inspect(thing, { depth: 20 }),
    inspect(thing, { depth: 20, customInspect: false, showHidden: true, getters: true }),
    attempt(() => String(thing)),
    attempt(() => JSON.stringify(thing) ?? ""),
  ];
  if (thing instanceof Error) texts.push(thing.message, thing.stack ?? "");
  return texts;
}

function attempt(render: () => string): string {
  try {
    return render();
  } catch {
    return "";
  }
}
