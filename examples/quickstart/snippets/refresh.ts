import { createSecretsManager, grantEnded, isSecretsError, unstoredValue } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
await secrets.set("google_oauth", { access_token: "at-1", refresh_token: "rt-1", expires_at: 0 });

/** What a client of an authorization server returns, in place of a real request. */
async function exchange(refreshToken: unknown, _signal: AbortSignal) {
  if (typeof refreshToken !== "string") return { error: "invalid_grant" };
  return { access_token: "at-2", refresh_token: "rt-2", expires_at: Date.now() + 3_600_000 };
}

async function keepUntilTheStoreIsBack(_value: unknown): Promise<void> {}

// #region refresh
const secret = await secrets.refresh("google_oauth", {
  isFresh: ({ expires_at }) => Number(expires_at) > Date.now() + 60_000,
  refresh: async (value, { signal }) => {
    const tokens = await exchange(value.refresh_token, signal);
    if ("error" in tokens) throw grantEnded("Log in to Google again.");
    return { ...value, ...tokens };
  },
});
console.log(secret.name, Object.keys(secret.value));
// #endregion

// #region errors
const isFresh = () => true;
const refresh = async () => ({ access_token: "at-3" });
try {
  await secrets.refresh("google_oauth", { isFresh, refresh });
} catch (error) {
  const value = unstoredValue(error);
  if (value !== undefined) await keepUntilTheStoreIsBack(value);
  else if (isSecretsError(error, "REFRESH_FAILED") && error.reason === "GRANT_ENDED") console.log("Log in.");
  else throw error;
}
// #endregion
await secrets.close();
