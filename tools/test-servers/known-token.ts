import type { VaultAdministration } from "./vault-administration.ts";

/** What a server says of a token that is alive. */
export interface LivingToken {
  /** Seconds that it still lives. 0: for ever. */
  readonly ttl: number;
  readonly renewable: boolean;
  readonly type: "service" | "batch";
  /** How often it can be used. 0: any number of times. */
  readonly uses: number;
}

/** Looks a token up, as the suite of authentication methods asks it. Undefined: the server does not know it. */
export async function knownToken(
  server: VaultAdministration,
  token: string,
): Promise<LivingToken | undefined> {
  const { status, body } = await server.request("POST", "auth/token/lookup", { token });
  if (status !== 200) return undefined;
  const {
    ttl,
    renewable,
    type,
    num_uses: uses,
  } = body.data as Omit<LivingToken, "uses"> & {
    readonly num_uses: number;
  };
  return { ttl, renewable, type, uses };
}
