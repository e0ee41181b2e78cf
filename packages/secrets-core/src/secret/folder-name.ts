/** Behind every name that the grammar knows: no character of a name comes after it. */
const LAST = "\u{10ffff}";

/**
 * The folder directly behind a prefix that a name is in, with the `/` at its end.
 *
 * @returns undefined for a name without a `/` behind the prefix
 */
export function folderBehind(prefix: string, name: string): string | undefined {
  const slash = name.indexOf("/", prefix.length);
  return slash === -1 ? undefined : name.slice(0, slash + 1);
}

/** A place behind all names in a folder, and before everything else that follows. */
export function endOfFolder(folder: string): string {
  return folder + LAST;
}
