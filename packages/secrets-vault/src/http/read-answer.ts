import type { VaultAnswer } from "../auth/vault-answer.ts";
import type { RawAnswer } from "./answer-collector.ts";
import { foreignBody } from "./foreign-body.ts";

const REQUEST_ID = /^[0-9a-f-]{36}$/;
const none: readonly string[] = Object.freeze([]);

/**
 * Reads what Vault or something before it sent: any body, of which only a JSON object counts. `keepsText` also keeps
 * the text, in which numbers have all of their digits.
 */
export function readAnswer({ status, headers, body: bytes }: RawAnswer, keepsText = false): VaultAnswer {
  const body = parseObject(bytes);
  // Each field is set, in one order: a read creates one of these, and objects of one shape are cheaper than spreads.
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

/** It is shown in messages, so it must be one and no text that somebody made it. */
function requestId(id: unknown): string | undefined {
  return typeof id === "string" && REQUEST_ID.test(id) ? id : undefined;
}

function header(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value[0] : value;
}
