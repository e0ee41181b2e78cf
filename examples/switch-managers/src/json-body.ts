import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

/** What a client did wrong, in words for it. */
export class BadRequest extends Error {}

/** The object that a request brings. Without a body: an empty one. */
export async function jsonBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = await text(request);
  if (body.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // The parser's own words quote the text, and in it may be a secret.
    throw new BadRequest("The body is no JSON.");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new BadRequest("The body must be a JSON object.");
  }
  return parsed as Readonly<Record<string, unknown>>;
}
