import { compareNames, isSecretName, type ListRange } from "@archestra/secrets-core/plugin";

const MOST_FOLDERS_AHEAD = 8;

/** Returns the keys of a folder, in any order: names, and names of folders, which end with `/`. */
export type ListFolder = (folder: string) => Promise<readonly string[]>;

/**
 * Walks the tree of folders and yields the names of a range in the order of their bytes in UTF-8. It keeps one folder for
 * each level in memory, and lists no folder outside the range.
 */
export async function* namesInOrder(listFolder: ListFolder, range: ListRange): AsyncGenerator<string> {
  const folder = range.prefix.slice(0, range.prefix.lastIndexOf("/") + 1);
  if (folder !== "" && !canHoldSecrets(folder)) return;
  const keys = await listFolder(folder);
  if (range.oneLevel) yield* namesOfLevel(folder, keys, range);
  else yield* walk(folder, keys, listFolder, range);
}

/** The names and the folders of one folder, of which none is listed. */
function namesOfLevel(folder: string, keys: readonly string[], { prefix, after }: ListRange): string[] {
  return keys
    .map((key) => folder + key)
    .filter((name) => name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0))
    .sort(compareNames);
}

async function* walk(
  folder: string,
  keys: readonly string[],
  listFolder: ListFolder,
  range: ListRange,
): AsyncGenerator<string> {
  const names = keys
    .map((key) => folder + key)
    .filter((name) => isInRange(name, range))
    // With the slash at its end, a folder has the position of the names in it.
    .sort(compareNames);
  const folders = names.filter(canHoldSecrets);
  const listed = new Map<string, Promise<readonly string[]>>();
  let visited = 0;
  for (const name of names) {
    if (folders[visited] !== name) {
      // A name; or a folder in which no secret can be, of another program: yielded for the count of unlisted names.
      yield name;
      continue;
    }
    for (const next of folders.slice(visited, visited + 1 + Math.min(MOST_FOLDERS_AHEAD, visited))) {
      if (listed.has(next)) continue;
      const promise = listFolder(next);
      promise.catch(() => undefined);
      listed.set(next, promise);
    }
    visited++;
    const inside = await listed.get(name);
    listed.delete(name);
    if (inside !== undefined) yield* walk(name, inside, listFolder, range);
  }
}

function canHoldSecrets(name: string): boolean {
  return name.endsWith("/") && isSecretName(`${name}a`);
}

function isInRange(name: string, { prefix, after }: ListRange): boolean {
  if (canHoldSecrets(name)) {
    if (!name.startsWith(prefix) && !prefix.startsWith(name)) return false;
    return after === undefined || compareNames(name, after) > 0 || after.startsWith(name);
  }
  return name.startsWith(prefix) && (after === undefined || compareNames(name, after) > 0);
}
