/** An answer of Vault, of any status. It may hold tokens and values: never print it. */
export interface VaultAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** The texts of `errors`. Empty: the body has none. */
  readonly errors: readonly string[];
  /** The texts of `warnings`. Empty: the body has none. */
  readonly warnings: readonly string[];
  /** The body's `data`, unread. Absent: the body has none, or is no JSON object. */
  readonly data?: unknown;
  /** The body's `auth`, unread. Absent: the body has none, or is no JSON object. */
  readonly auth?: unknown;
  /** Vault's own id of the request, which its audit log has too. Absent: an answer without body, or not of Vault. */
  readonly requestId?: string | undefined;
  /** The whole body as parsed. Absent: it is empty or no JSON object. */
  readonly body?: Readonly<Record<string, unknown>> | undefined;
  /** The whole body as it came. Absent: not asked for, as most requests have no use for it. */
  readonly text?: string | undefined;
  /** What kind of body this is that does not come from Vault: a page of HTML, other text, or the refusal of plain HTTP by a server with TLS. Absent: none of these. */
  readonly foreignBody?: "html" | "text" | "https wanted" | undefined;
  /** How many bytes the body has. 0: none, which is an answer of its own for a path that Vault cannot read. */
  readonly bodyBytes: number;
  /** The headers that decide something, in lower case. */
  readonly headers: Readonly<Record<"retry-after" | "location" | "date", string | undefined>>;
}
