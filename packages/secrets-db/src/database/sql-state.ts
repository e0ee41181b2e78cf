/** The SQLSTATE of an error that PostgreSQL reported. Undefined: it did not come from there. */
export function sqlState(error: unknown): string | undefined {
  const code = errorProperty(error, "code");
  return typeof code === "string" && /^[0-9A-Z]{5}$/.test(code) && /\d/.test(code) ? code : undefined;
}

/** A property of something thrown, which may be anything. */
export function errorProperty(error: unknown, name: string): unknown {
  return (error as Record<string, unknown> | null | undefined)?.[name];
}
