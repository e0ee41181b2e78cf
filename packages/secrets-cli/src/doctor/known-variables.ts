import { coreSettings, type Plugin } from "@archestra/secrets-core/plugin";

/** Every variable that core and the plugins read. */
export function knownVariables(plugins: readonly Plugin[]): ReadonlySet<string> {
  const known = new Set<string>();
  const settings = plugins.flatMap((plugin) => Object.values(plugin.settings));
  for (const setting of [...Object.values(coreSettings), ...settings]) {
    if (setting.type === "slot") known.add(setting.variable);
    if (setting.type !== "variable") continue;
    known.add(setting.name);
    if (setting.secret === true) known.add(`${setting.name}_FILE`);
  }
  return known;
}

/** A variable that no plugin reads, and the one that was probably meant. */
export interface MisspelledVariable {
  readonly variable: string;
  readonly meant: string;
}

/** The most characters that are wrong, left out or too many. */
const MOST_ERRORS = 2;

/** Finds variables whose names look like typing errors. A variable of the application itself is not one. */
export function misspelledVariables(
  names: readonly string[],
  known: ReadonlySet<string>,
): MisspelledVariable[] {
  return names
    .filter((name) => /^_?ARCH/i.test(name) && !known.has(name))
    .flatMap((variable) => {
      const meant = nearest(variable.trim().toUpperCase(), known);
      return meant === undefined ? [] : [{ variable, meant }];
    });
}

function nearest(name: string, known: ReadonlySet<string>): string | undefined {
  let best: string | undefined;
  let fewest = MOST_ERRORS + 1;
  for (const candidate of known) {
    const errors = editDistance(name, candidate);
    if (errors < fewest) {
      fewest = errors;
      best = candidate;
    }
  }
  return best ?? [...known].find((candidate) => lacksOneWord(name, candidate));
}

/** Whether a name is a known one with a word left out, as in `ARCHESTRA_VAULT_ADDR`. */
function lacksOneWord(name: string, candidate: string): boolean {
  const words = candidate.split("_");
  return words.some(
    (_, index) => index > 0 && words.toSpliced(index, 1).join("_") === name && words.length > 3,
  );
}

/** How many characters have to be inserted, removed, replaced, or swapped with their neighbour (Damerau, Levenshtein). */
export function editDistance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MOST_ERRORS) return MOST_ERRORS + 1;
  let [beforeLast, last] = [[] as number[], Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let row = 1; row <= one.length; row++) {
    const current = [row];
    for (let column = 1; column <= other.length; column++) {
      const isSame = one[row - 1] === other[column - 1];
      const candidates = [
        (last[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (last[column - 1] ?? 0) + (isSame ? 0 : 1),
      ];
      const isSwapped = one[row - 1] === other[column - 2] && one[row - 2] === other[column - 1];
      if (row > 1 && column > 1 && isSwapped) candidates.push((beforeLast[column - 2] ?? 0) + 1);
      current.push(Math.min(...candidates));
    }
    [beforeLast, last] = [last, current];
  }
  return last[other.length] ?? 0;
}
