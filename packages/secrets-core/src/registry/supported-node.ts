import { SecretsError } from "../errors/secrets-error.ts";

/** The lowest version of Node in `engines`. */
const LOWEST = [22, 18] as const;

/**
 * Checks the version of Node. An older one lacks modules that plugins load, and would fail there with a misleading message.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason NODE_UNSUPPORTED
 */
export function assertSupportedNode(operation: string): void {
  const { node } = process.versions as { readonly node?: string };
  // Another runtime need not report a version of Node.
  if (node === undefined) return;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > LOWEST[0] || (major === LOWEST[0] && minor >= LOWEST[1])) return;
  const message = `${operation}: This process runs on Node ${node}, but @archestra/secrets-core requires Node ${LOWEST.join(".")} or newer. Start it with a newer version of Node.`;
  throw new SecretsError("INVALID_CONFIGURATION", message, { reason: "NODE_UNSUPPORTED", operation });
}
