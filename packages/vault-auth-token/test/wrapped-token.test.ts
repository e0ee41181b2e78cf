import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { failure } from "@archestra/test-harness/failure";
import { hashicorpVault, openBao } from "@archestra/test-servers/vault-product";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeHashicorpVault, describeOpenBao, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { tokenAuth } from "../src/index.ts";

const policy = `path "secret/*" { capabilities = ["create", "update", "read", "list", "delete"] }`;
const wrap = { headers: { "x-vault-wrap-ttl": "60s" } };

async function open(server: VaultServer, env: Environment) {
  const manager = await createSecretsManager({
    plugins: [vaultPlugin(), tokenAuth()],
    env: {
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ...env,
    },
  });
  onTestFinished(() => manager.close());
  return manager;
}

interface WrapInfo extends Record<string, unknown> {
  readonly token: string;
}

/** A token in a wrapping token, made as `vault token create -wrap-ttl=60s` does. */
async function wrappedToken(server: VaultServer): Promise<WrapInfo> {
  const options = { policies: ["application"], ttl: "1h" };
  const { body } = await server.request("POST", "auth/token/create", options, wrap);
  return body.wrap_info as WrapInfo;
}

/** A token in a wrapping token, made as the sink of an agent does. */
async function tokenWrappedByAgent(server: VaultServer): Promise<WrapInfo> {
  const { token } = await server.createToken({ policies: ["application"], ttl: "1h" });
  const { body } = await server.request("POST", "sys/wrapping/wrap", { token }, wrap);
  return body.wrap_info as WrapInfo;
}

for (const [product, describeProduct] of [
  [hashicorpVault, describeHashicorpVault],
  [openBao, describeOpenBao],
] as const) {
  describeProduct(`a wrapped token on ${product.title}`, () => {
    const startServer = async () => {
      const server = await vaultOfTest({ product });
      await server.mountKv("secret", 2);
      await server.putPolicy("application", policy);
      return server;
    };

    test.each([
      ["made wrapped", wrappedToken, ({ token }: WrapInfo) => token],
      ["wrapped by an agent", tokenWrappedByAgent, ({ token }: WrapInfo) => token],
      ["in the JSON of an agent's sink", tokenWrappedByAgent, (info: WrapInfo) => JSON.stringify(info)],
      [
        "in the JSON of a sink whose login was wrapped",
        wrappedToken,
        (info: WrapInfo) => `${JSON.stringify(info, null, 2)}\n`,
      ],
    ] as const)("%s is unwrapped once, used and renewed like any other", async (_how, make, textOf) => {
      const server = await startServer();
      const info = await make(server);
      const file = join(server.folder, "token");
      await writeFile(file, textOf(info));
      const manager = await open(server, { ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: file });
      await manager.create("a", { token: "1" });
      expect((await manager.get("a"))?.value).toEqual({ token: "1" });
      await manager.close();
      // Its content is a token of an operator, and is not revoked.
      const lookup = await server.request("POST", "sys/wrapping/lookup", { token: info.token });
      expect(lookup.status).toBe(400);
    });

    test("that was used before stops the start, and the message says what that means", async () => {
      const server = await startServer();
      const info = await wrappedToken(server);
      await server.request("POST", "sys/wrapping/unwrap", {}, { token: info.token });
      const known = await failure(open(server, { ARCHESTRA_HASHICORP_VAULT_TOKEN: JSON.stringify(info) }));
      expect([known.code, known.reason]).toEqual(["UNAUTHENTICATED", "WRAPPING_TOKEN_USED"]);
      expect(known.message).toContain("unwrapped before");
      expect(JSON.stringify(known)).not.toContain(info.token);
      const unknown = await failure(open(server, { ARCHESTRA_HASHICORP_VAULT_TOKEN: info.token }));
      expect(unknown.code).toBe("UNAUTHENTICATED");
      expect(unknown.message).toContain("unwrapped before");
    });

    test("that holds something else than a token is refused", async () => {
      const server = await startServer();
      const { body } = await server.request("POST", "sys/wrapping/wrap", { other: "content" }, wrap);
      const { token } = body.wrap_info as WrapInfo;
      const error = await failure(open(server, { ARCHESTRA_HASHICORP_VAULT_TOKEN: token }));
      expect([error.code, error.reason]).toEqual(["UNAUTHENTICATED", "WRAPPED_SOMETHING_ELSE"]);
    });

    test("takes the place of another one when its file changes and the other one dies", async () => {
      const server = await startServer();
      const file = join(server.folder, "token");
      const first = await server.createToken({ policies: ["application"] });
      await writeFile(file, first.token);
      const manager = await open(server, { ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: file });
      await manager.create("a", { token: "1" });
      await writeFile(file, JSON.stringify(await tokenWrappedByAgent(server)));
      await server.revokeToken(first.token);
      expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    });
  });
}
