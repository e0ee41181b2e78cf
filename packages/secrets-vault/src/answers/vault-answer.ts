/** An answer of Vault, of any status. It may hold tokens and values: never print it. */
export interface VaultAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The texts of `errors`. Empty: the body has none. */
  readonly errors: readonly string[];
  /** The texts of `warnings`. Empty: the body has none. */
  readonly warnings: readonly string[];
  /** The body's `data`, unread. Absent: the body has none, or is not a JSON object. */
  readonly data?: unknown;
  /** The body's `auth`, unread. Absent: the body has none, or is not a JSON object. */
  readonly auth?: unknown;
  /** Vault's own id of the request, which its audit log has too. Absent: the answer has no body, or did not come from Vault. */
  readonly requestId?: string | undefined;
  /** The whole body as parsed. Absent: it is empty or not a JSON object. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** The whole body as received, for a call that refuses numbers which would be rounded. Absent: the call accepts them. */
  readonly text?: string | undefined;
  /** The kind of a body that did not come from Vault: a page of HTML, other text, or the refusal of plain HTTP by a server with TLS. Absent: none of these. */
  readonly foreignBody?: "html" | "text" | "https wanted" | undefined;
  /** How many bytes the body has. 0: none, which is how Vault answers a path that it cannot read. */
  readonly bodyBytes: number;
  /** The headers that decide something, in lower case. */
  readonly headers: Readonly<Record<"retry-after" | "location" | "date", string | undefined>>;
}

/**
 * Whether an answer is the one with which Vault reports that nothing is stored under a path: HTTP 404 with the body
 * `{"errors":[]}`, exactly. Other APIs answer 404 with objects among the errors, or with more members beside them.
 */
export function isAbsence({ status, body }: VaultAnswer): boolean {
  if (status !== 404 || body === undefined) return false;
  const { errors, ...more } = body;
  return Array.isArray(errors) && errors.length === 0 && Object.keys(more).length === 0;
}

/**
 * Whether an answer is the one with which KV version 2 reports a version that was deleted or destroyed: HTTP 404 with
 * Vault's envelope, no value, and the metadata of that version.
 */
export function isDeletedVersion({ status, data, requestId }: VaultAnswer): boolean {
  if (status !== 404 || requestId === undefined || typeof data !== "object" || data === null) return false;
  const { data: value, metadata } = data as Readonly<Record<string, unknown>>;
  if (value !== null || typeof metadata !== "object" || metadata === null) return false;
  const { deletion_time: deletedAt, destroyed } = metadata as Readonly<Record<string, unknown>>;
  return destroyed === true || (typeof deletedAt === "string" && deletedAt !== "");
}
