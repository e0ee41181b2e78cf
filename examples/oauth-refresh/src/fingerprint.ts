import { createHash } from "node:crypto";

/** Names a token in events, which never contain the token itself. */
export function fingerprint(token: string): string {
  return createHash("sha256").update(token).digest("hex").slice(0, 12);
}
