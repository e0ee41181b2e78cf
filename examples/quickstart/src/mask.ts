const SHOWN_CHARACTERS = 4;
/** Shorter texts are hidden completely: four characters would reveal too much of them. */
const SHORTEST_SHOWN = 16;

/** A text for the screen: `sk-l…(52 characters)`. */
export function maskText(text: string): string {
  const characters = [...text];
  const start = characters.length < SHORTEST_SHOWN ? "" : characters.slice(0, SHOWN_CHARACTERS).join("");
  return `${start.replace(/[\p{C}\p{Z}]/gu, "·")}…(${characters.length} characters)`;
}

/** A value for the screen, one line for each entry: the path of its keys, and the masked text. */
export function maskValue(value: unknown, path = ""): string[] {
  if (typeof value === "string") return [`${path}: ${maskText(value)}`];
  if (typeof value !== "object" || value === null) {
    return [`${path}: …(${value === null ? "null" : typeof value})`];
  }
  return Object.entries(value).flatMap(([key, entry]) =>
    maskValue(entry, path === "" ? key : `${path}.${key}`),
  );
}
