/** Most paths: nothing in them is encoded. */
const plainPath = /^[A-Za-z0-9_~-]+(?:\/[A-Za-z0-9_~-]+)*$/;

/** Why a path cannot be sent. */
export class PathProblem extends Error {}

/**
 * Encodes a path for the request line: each segment by itself, and nothing that Vault or a proxy in front of it could
 * read as a separator, a step upwards, a query or an escape of its own.
 *
 * `%2e%2e`, `?`, `#` and `\` are ordinary characters of a name. No segment may be empty, be `.` or contain `..`:
 * KV 2 stores a value under the raw path and its metadata under the cleaned one, so that such a name would damage another.
 *
 * @throws PathProblem
 */
export function encodePath(path: string): string {
  if (plainPath.test(path)) return path;
  return path.split("/").map(encodeSegment).join("/");
}

function encodeSegment(segment: string): string {
  if (segment === "") throw new PathProblem("has an empty segment");
  if (segment === "." || segment.includes("..")) throw new PathProblem("has a segment `.` or one with `..`");
  if (!segment.isWellFormed()) throw new PathProblem("has half of a surrogate pair");
  const encoded = encodeURIComponent(segment).replace(/[!'()*]/g, escapeCharacter);
  return encoded;
}

function escapeCharacter(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
