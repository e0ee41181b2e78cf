import { SecretsError } from "../errors/secrets-error.ts";

/** The lowest Node that the packages state in `engines`. */
const LOWEST = [22, 18] as const;

/**
 * Checks the Node that runs this process. An older one lacks modules that plugins load, and fails there in words that
 * do not say so.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason NODE_UNSUPPORTED
 */
export function assertSupportedNode(operation: string): void {
  const { node } = process.versions as { readonly node?: string };
  // Another runtime need not say which Node it stands in for.
  if (node === undefined) return;
  const [major = 0, minor = 0] = node.split(".").map(Number);
  if (major > LOWEST[0] || (major === LOWEST[0] && minor >= LOWEST[1])) return;
  throw new SecretsError(
    "INVALID_CONFIGURATION",
    `${operation}: This process runs on Node ${node}, and @archestra/secrets-core needs Node ${LOWEST.join(".")} or newer. Start it with a newer Node.`,
    { reason: "NODE_UNSUPPORTED", operation },
  );
}
