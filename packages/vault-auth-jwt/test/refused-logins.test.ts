import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { failure } from "@archestra/test-harness/failure";
import { type Claims, TokenIssuer } from "@archestra/test-servers/token-issuer";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeOpenBao } from "@archestra/test-servers/vault-tests";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import { type JwtAuthOptions, jwtAuth } from "../src/index.ts";
import { jwtEnv, putJwtRole, startServerWithJwt } from "./support/jwt-harness.ts";

const now = Math.floor(Date.now() / 1_000);

describeOpenBao("a login by JWT", () => {
  const issuer = new TokenIssuer();
  let server: VaultServer;
  beforeAll(async () => {
    server = await startServerWithJwt(issuer);
    await putJwtRole(server, "shop");
  });
  afterAll(() => server?.stop());

  const open = async (options: JwtAuthOptions, env: Environment = {}) => {
    const plugins = [vaultPlugin(), jwtAuth(options)];
    const manager = await createSecretsManager({ plugins, env: { ...jwtEnv(server), ...env } });
    onTestFinished(() => manager.close());
    return manager;
  };

  test.each<[what: string, claims: Claims, code: string, reason: string, message: string]>([
    ["for another audience", { aud: "other" }, "UNAUTHENTICATED", "AUDIENCE_MISMATCH", '"other"'],
    [
      "of another issuer",
      { iss: "https://other.example" },
      "UNAUTHENTICATED",
      "ISSUER_MISMATCH",
      "bound_issuer",
    ],
    ["of another project", { project: "other" }, "UNAUTHENTICATED", "CLAIM_MISMATCH", '"project"'],
    [
      "without the claim of the role",
      { project: undefined },
      "UNAUTHENTICATED",
      "CLAIM_MISMATCH",
      '"project"',
    ],
    ["that is not valid yet", { nbf: now + 3_000, exp: now + 6_000 }, "UNAUTHENTICATED", "CLOCK_SKEW", "NTP"],
    [
      "that is expired",
      { exp: now - 100, iat: now - 400, nbf: now - 400 },
      "UNAUTHENTICATED",
      "TOKEN_EXPIRED",
      "Nothing was sent",
    ],
  ])("with a token %s says so", async (_what, claims, code, reason, message) => {
    const jwt = issuer.issue({ project: "shop", ...claims });
    const error = await failure(open({ token: jwt }));
    expect([error.code, error.reason]).toEqual([code, reason]);
    expect(error.message).toContain(message);
    expect(JSON.stringify([error, error.message])).not.toContain(jwt);
  });

  test("with a token of another system says that no key verifies it", async () => {
    const error = await failure(open({ token: new TokenIssuer().issue({ project: "shop" }) }));
    expect([error.code, error.reason]).toEqual(["UNAUTHENTICATED", "SIGNATURE_REFUSED"]);
  });

  test("at a mount without a configuration says what to write", async () => {
    await server.enableAuth("jwt", "empty");
    const env = { ARCHESTRA_HASHICORP_VAULT_JWT_MOUNT_POINT: "empty" };
    const error = await failure(open({ token: issuer.issue({ project: "shop" }) }, env));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "AUTH_NOT_CONFIGURED"]);
  });

  test("asks a function for a token at each login, and the mount for its default role", async () => {
    await server.demand("POST", "auth/ci/jobs/config", {
      jwt_validation_pubkeys: [issuer.publicKey],
      bound_issuer: "https://ci.example",
      default_role: "job",
    });
    let requested = 0;
    const token = async () => {
      requested++;
      return issuer.issue({ project: "shop" });
    };
    const manager = await open({ token }, { ARCHESTRA_HASHICORP_VAULT_JWT_ROLE: "" });
    await manager.set("a", { token: "1" });
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect(requested).toBeGreaterThan(0);
  });
});
