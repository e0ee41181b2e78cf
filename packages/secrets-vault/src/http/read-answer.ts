import type { VaultAnswer } from "../answers/vault-answer.ts";
import type { RawAnswer } from "./answer-collector.ts";

const REQUEST_ID = /^[0-9a-f-]{36}$/;
/** The kinds of bodies can be distinguished by their beginning. */
const INSPECTED_BYTES = 2_048;
/** What Go and nginx answer to plain HTTP on a port with TLS. */
const WANTS_HTTPS = /HTTP request to an HTTPS server|plain HTTP request was sent to HTTPS port/;
const none: readonly string[] = Object.freeze([]);

/**
 * Reads an answer of Vault, or of a server in front of it. Of the body, only a JSON object is parsed. `keepsText` also keeps
 * the text, in which numbers have all of their digits.
 */
export function readAnswer({ status, headers, body: bytes }: RawAnswer, keepsText = false): VaultAnswer {
  const body = parseObject(bytes);
  // Each field is set, in one order: each read creates one, and objects of one shape are cheaper than spreads.
  return {
    status,
    errors: texts(body?.errors),
    warnings: texts(body?.warnings),
    // Vault sends every field of its envelope, with null for those that it does not use.
    data: body?.data ?? undefined,
    auth: body?.auth ?? undefined,
    requestId: requestId(body?.request_id),
    body,
    text: keepsText ? bytes.toString("utf8") : undefined,
    foreignBody: body === undefined ? foreignBody(bytes) : undefined,
    bodyBytes: bytes.length,
    headers: {
      "retry-after": header(headers["retry-after"]),
      location: header(headers.location),
      date: header(headers.date),
    },
  };
}

function parseObject(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  if (bytes.length === 0) return undefined;
  try {
    const parsed: unknown = JSON.parse(bytes.toString("utf8"));
    return typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)
      ? (parsed as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function texts(list: unknown): readonly string[] {
  if (!Array.isArray(list) || list.length === 0) return none;
  return list.filter((text): text is string => typeof text === "string");
}

/** It is shown in messages, so nothing but an id is accepted. */
function requestId(id: unknown): string | undefined {
  return typeof id === "string" && REQUEST_ID.test(id) ? id : undefined;
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}

/**
 * Recognises a body that did not come from Vault, which sends JSON objects. `html`: a page, as of a proxy. `text`: neither a
 * page nor the beginning of JSON. `https wanted`: the refusal of plain HTTP by a server with TLS.
 *
 * @returns undefined for an empty body, and for JSON that is truncated or not an object
 */
function foreignBody(bytes: Buffer): VaultAnswer["foreignBody"] {
  const text = bytes.toString("utf8", 0, INSPECTED_BYTES).trimStart();
  if (text === "" || /^[[{"]/.test(text)) return undefined;
  if (WANTS_HTTPS.test(text)) return "https wanted";
  return text.startsWith("<") ? "html" : "text";
}
