import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { type AgentOptions, OpenBaoAgent } from "@archestra/test-servers/openbao-agent";
import type { AppRoleOptions } from "@archestra/test-servers/vault-administration";
import { hashicorpVault, openBao, type VaultProduct } from "@archestra/test-servers/vault-product";
import { describeOpenBao, testOnHashicorpVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { tokenAuth } from "@archestra/vault-auth-token";
import { Agent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { agentAuth, vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { openVault, prepareAppRole, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

const AGENT: Environment = { ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "AGENT" };

async function startAgent(
  options: Partial<Pick<AgentOptions, "command" | "addsToken" | "wrapTtl">> = {},
  role: AppRoleOptions = {},
  product: VaultProduct = openBao,
) {
  const server = await vaultOfTest({ product });
  const credentials = await prepareAppRole(server, role);
  const agent = await OpenBaoAgent.start({ server: server.address, role: credentials, ...options });
  onTestFinished(() => agent.stop());
  const openSink = () => readFile(agent.sink, "utf8").catch(() => "");
  await until("the agent has logged in", async () => (await openSink()) !== "");
  return { server, agent };
}

async function openThroughAgent(address: string, env: Environment = {}, strict = false) {
  const logger = recordedLogger();
  const manager = await openVault(vaultEnv(address, { ...AGENT, ...env }), { logger, strict }, [agentAuth()]);
  return { manager, logger };
}

describeOpenBao("an agent that logs in itself", () => {
  test.each(["agent", "proxy"] as const)("`bao %s` on a socket serves without a token", async (command) => {
    const { server, agent } = await startAgent({ command });
    const { manager, logger } = await openThroughAgent(`unix:${agent.socket}`, {}, true);
    await manager.create("team/a b", { token: "1" });
    await manager.update("team/a b", { token: "2" });
    expect((await manager.get("team/a b"))?.value).toEqual({ token: "2" });
    expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["team/a b"]);
    expect((await manager.check()).status).toBe("healthy");
    expect(await manager.delete("team/a b")).toBe(true);
    expect(manager.describe().location).toContain(`unix:${agent.socket}`);
    expect(logger.warnings).toEqual([]);
    // The agent's token is its own: closing does not revoke it.
    const before = await server.accessors();
    await manager.close();
    expect(await server.accessors()).toEqual(before);
    const again = await openThroughAgent(`unix://${agent.socket}`);
    expect(await again.manager.get("a")).toBeUndefined();
  });

  testOnHashicorpVault("in front of HashiCorp's Vault serves without a token", async () => {
    const { agent } = await startAgent({}, {}, hashicorpVault);
    const { manager } = await openThroughAgent(`unix:${agent.socket}`);
    await manager.create("a", { token: "1" });
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect(await manager.delete("a")).toBe(true);
  });

  test("on a port serves without a token, and calls succeed again after the agent's token died", async () => {
    const { server, agent } = await startAgent();
    const { manager } = await openThroughAgent(agent.address);
    await manager.set("a", { token: "1" });
    await server.revokeToken(await readFile(agent.sink, "utf8"));
    const error = await failure(manager.get("a"));
    expect(error.code).toBe("UNAUTHENTICATED");
    expect(error.message).toContain("auto_auth");
    await agent.restart();
    await until("calls succeed", async () => (await manager.get("a").catch(() => undefined)) !== undefined);
  });

  test("that adds no token stops the start, and the message says what to set", async () => {
    const { agent } = await startAgent({ addsToken: false });
    const error = await failure(openThroughAgent(`unix:${agent.socket}`));
    expect([error.code, error.reason]).toEqual(["UNAUTHENTICATED", "AGENT_WITHOUT_TOKEN"]);
    expect(error.message).toContain("use_auto_auth_token = true");
  });

  test("with a token that lacks the policy `default` serves", async () => {
    const { agent } = await startAgent({}, { tokenNoDefaultPolicy: true });
    const { manager } = await openThroughAgent(`unix:${agent.socket}`);
    await manager.set("a", { token: "1" });
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("whose socket is not there does not stop the start, and calls succeed when it is", async () => {
    const { agent } = await startAgent();
    await agent.end();
    const { manager, logger } = await openThroughAgent(`unix:${agent.socket}`);
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START",
    ]);
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "UNREACHABLE", true]);
    expect(error.message).toContain(agent.socket);
    await agent.restart();
    await until("calls succeed", async () => {
      return (await manager.set("a", { token: "1" }).catch(() => undefined)) !== undefined;
    });
  });

  test.each([
    ["plain", undefined],
    ["wrapped", "60s"],
  ])("writes a token to its sink that TOKEN accepts: %s", async (_how, wrapTtl) => {
    const { server, agent } = await startAgent(wrapTtl === undefined ? {} : { wrapTtl });
    const env = { ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: agent.sink };
    const manager = await openVault(vaultEnv(server.address, env));
    await manager.set("a", { token: "1" });
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("on a socket and a dispatcher of the application contradict each other", async () => {
    const dispatcher = new Agent();
    onTestFinished(() => dispatcher.close());
    const plugins = [vaultPlugin({ dispatcher }), agentAuth(), tokenAuth()];
    const env = vaultEnv("unix:/run/agent.sock", AGENT);
    const error = await failure(createSecretsManager({ plugins, env }));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "SOCKET_AND_DISPATCHER"]);
  });

  test.each([
    ["a relative path", "unix:run/agent.sock"],
    ["a folder", "unix:/run/agent/"],
    ["a path that is too long for a socket", `unix:/${"a".repeat(103)}`],
  ])("is not at %s", async (_what, address) => {
    const error = await failure(openThroughAgent(address));
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_ADDR");
  });

  test("listens on a socket whose path has characters that URLs escape", async () => {
    const path = join("/run", "a b%20#?", "é.sock");
    const { logger, manager } = await openThroughAgent(`unix:${path}`);
    expect(logger.warnings).toHaveLength(1);
    expect((await failure(manager.get("a"))).message).toContain(path);
  });
});
