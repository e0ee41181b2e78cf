import { describeVault } from "@archestra/test-servers/vault-tests";
import { test } from "vitest";
import { loadOnShortTokens } from "../support/token-lifetimes.ts";

describeVault("under load", () => {
  test("a token_ttl of 2 s and a token_max_ttl of 6 s: no failed call in 60 s", async () => {
    await loadOnShortTokens(60_000);
  });
});
