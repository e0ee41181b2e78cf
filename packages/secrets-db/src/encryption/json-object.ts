/**
 * The object that a JSON text says, or `undefined` when it is not JSON or says something else. The parser's error stays
 * here, because it quotes its input.
 */
export function parseJsonObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    return value as Record<string, unknown>;
  } catch {
    return undefined;
  }
}
