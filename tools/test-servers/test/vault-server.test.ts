import { spawn } from "node:child_process";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { describeVault, vaultOfTest } from "../vault-tests.ts";

/** A client's request, so that the audit log has it; the path is not changed on the way. */
async function read(address: string, path: string, token: string): Promise<number> {
  const answer = await fetch(`${address}/v1/${path}`, { headers: { "x-vault-token": token } });
  await answer.arrayBuffer();
  return answer.status;
}

/** What a TLS client says of a server. */
function handshake(
  port: number,
  trust: { ca?: string; cert?: string; key?: string },
): Promise<number | string> {
  return new Promise((resolve) => {
    const sent = request({ port, host: "127.0.0.1", path: "/v1/sys/health", agent: false, ...trust });
    sent.on("response", (response) => resolve(response.resume().statusCode ?? 0));
    sent.on("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    sent.end();
  });
}

describeVault("a Vault of a test", () => {
  test("keeps secrets of both KV versions", async () => {
    const vault = await vaultOfTest();
    await vault.mountKv("first", 1);
    await vault.mountKv("second", 2, { maxVersions: 2, casRequired: true });
    expect((await vault.request("POST", "first/a", { value: 1 })).status).toBe(204);
    expect((await vault.request("GET", "first/a")).body.data).toEqual({ value: 1 });
    expect((await vault.request("POST", "second/data/a", { data: { value: 2 } })).text).toContain(
      "check-and-set parameter required",
    );
    const write = { data: { value: 2 }, options: { cas: 0 } };
    expect((await vault.request("POST", "second/data/a", write)).status).toBe(200);
    expect((await vault.request("GET", "second/data/a")).body.data?.data).toEqual({ value: 2 });
    expect((await vault.request("GET", "second/config")).body.data?.max_versions).toBe(2);
  });

  test("is sealed and unsealed", async () => {
    const vault = await vaultOfTest();
    expect(await vault.health()).toBe(200);
    await vault.seal();
    expect(await vault.health()).toBe(503);
    expect((await vault.request("GET", "secret/data/a")).text).toContain("Vault is sealed");
    await vault.unseal();
    expect(await vault.health()).toBe(200);
  });

  test("answers nothing once it is frozen, however busy the machine, and answers what came meanwhile when it is thawed", async () => {
    const vault = await vaultOfTest();
    // They end by themselves where this process is killed.
    const compute = "const end = Date.now() + 60_000; while (Date.now() < end);";
    const busy = Array.from({ length: 6 }, () => spawn(process.execPath, ["-e", compute]));
    onTestFinished(() => void busy.map((started) => started.kill("SIGKILL")));
    for (let round = 0; round < 15; round++) {
      expect(await vault.health()).toBe(200);
      await vault.freeze();
      const answers = Promise.race([vault.health(), vault.health(), vault.health()]);
      expect(await Promise.race([answers, sleep(200, "silence")])).toBe("silence");
      await vault.thaw();
      expect(await answers).toBe(200);
    }
  });

  test("keeps what its storage holds when it is killed and started again", async () => {
    const vault = await vaultOfTest({ storage: "persistent" });
    await vault.mountKv("secret", 2);
    await vault.request("POST", "secret/data/a", { data: { value: 1 } });
    await vault.restart("SIGKILL");
    expect((await vault.request("GET", "secret/data/a")).body.data?.data).toEqual({ value: 1 });
  });

  test("notes the requests of clients, and not the administration's", async () => {
    const vault = await vaultOfTest({ audit: true });
    await vault.mountKv("secret", 2);
    await vault.putPolicy("reader", 'path "secret/data/a" { capabilities = ["read"] }');
    const { token } = await vault.createToken({ policies: ["reader"], ttl: "1m" });
    expect(await read(vault.address, "secret/data/a", token)).toBe(404);
    expect(await read(vault.address, "secret/data/b%20c", token)).toBe(403);
    expect(await vault.auditedRequests()).toMatchObject([
      { operation: "read", path: "secret/data/a", displayName: "token", answered: true, error: undefined },
      { operation: "read", path: "secret/data/b c", error: expect.stringContaining("permission denied") },
    ]);
  });

  test("makes tokens and roles, and revokes them", async () => {
    const vault = await vaultOfTest();
    await vault.enableAppRole();
    const role = await vault.createAppRole({ policies: ["default"], tokenTtl: "60s", tokenMaxTtl: "90s" });
    const login = await vault.loginAppRole(role);
    const { data } = (await vault.request("GET", "auth/token/lookup-self", undefined, login)).body;
    expect(data).toMatchObject({
      creation_ttl: 60,
      explicit_max_ttl: 0,
      type: "service",
      policies: ["default"],
    });
    expect(await vault.isAlive(login.token)).toBe(true);
    expect(await vault.accessors()).toContain(login.accessor);
    await vault.revokeAccessor(login.accessor);
    expect(await vault.isAlive(login.token)).toBe(false);
    const batch = await vault.createToken({
      type: "batch",
      ttl: "1m",
      noDefaultPolicy: true,
      policies: ["x"],
    });
    expect(batch.token).toMatch(/^(?:hv)?b\./);
  });

  test("refuses more requests than a quota allows", async () => {
    const vault = await vaultOfTest();
    await vault.mountKv("secret", 1);
    await vault.setRateLimitQuota("secret/", 2, { interval: "60s" });
    const statuses = async () => {
      const answers = [1, 2, 3].map(() => vault.request("GET", "secret/a"));
      return (await Promise.all(answers)).map(({ status }) => status).sort();
    };
    expect(await statuses()).toEqual([404, 404, 429]);
    await vault.enableRateLimitHeaders();
    const { status, headers } = await vault.request("GET", "secret/a");
    expect([status, Number(headers["retry-after"])]).toEqual([429, expect.any(Number)]);
    expect(Number(headers["retry-after"])).toBeGreaterThan(0);
    await vault.removeRateLimitQuota();
    expect((await vault.request("GET", "secret/a")).status).toBe(404);
  });

  test("is trusted by its authority alone", async () => {
    const vault = await vaultOfTest({ tls: {} });
    expect(await vault.health()).toBe(200);
    const ca = vault.tls?.authority as string;
    expect(await handshake(vault.port, { ca })).toBe(200);
    expect(await handshake(vault.port, {})).toBe("UNABLE_TO_VERIFY_LEAF_SIGNATURE");
  });

  test("asks for a client certificate", async () => {
    const vault = await vaultOfTest({ tls: { requireClientCertificate: true } });
    const ca = vault.tls?.authority as string;
    expect(await handshake(vault.port, { ca, ...vault.tls?.client })).toBe(200);
    expect(await handshake(vault.port, { ca })).toBe("ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED");
  });

  test("shows a certificate of another host", async () => {
    const vault = await vaultOfTest({ tls: { serverNames: ["vault.other.test"] } });
    const ca = vault.tls?.authority as string;
    expect(await handshake(vault.port, { ca })).toBe("ERR_TLS_CERT_ALTNAME_INVALID");
  });
});
