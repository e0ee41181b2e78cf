import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";

/** A mistake of the client, with a message for it. */
export class BadRequest extends Error {}

/** The object in the body of a request. Without a body: an empty object. */
export async function jsonBody(request: IncomingMessage): Promise<Readonly<Record<string, unknown>>> {
  const body = await text(request);
  if (body.trim() === "") return {};
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    // The parser's own message quotes the text, which may contain a secret.
    throw new BadRequest("The body is not JSON.");
  }
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new BadRequest("The body must be a JSON object.");
  }
  return parsed as Readonly<Record<string, unknown>>;
}
