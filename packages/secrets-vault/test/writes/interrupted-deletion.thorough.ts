import { connect } from "node:net";
import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { changeOf, faultyVault } from "../support/faulty-vault.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const value = { token: plantedText() };

/*
 * A deletion that ends half-way, as when its client is gone, leaves metadata without the value. Which deletions do is a
 * matter of luck, so that these tests make the state by an alias of the name, which KV 2 stores likewise.
 */
describeVault("a secret on KV 2 whose deletion ended half-way", () => {
  test("is neither found nor absent: a read fails with the remedy", async () => {
    const { manager, store } = await faultyVault();
    await store.damage("a");
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason, error.retryable]).toEqual(["INTERNAL", "DAMAGED_SECRET", false]);
    expect(error.message).toContain("Delete the secret, then create it again");
    const answer = (await manager.getMany(["a"])).get("a");
    expect(answer?.status === "failed" && answer.error.reason).toBe("DAMAGED_SECRET");
  });

  test("is not treated as absent by a creation", async () => {
    const { manager, store } = await faultyVault();
    await store.damage("a");
    expect((await failure(manager.create("a", value))).reason).toBe("DAMAGED_SECRET");
    expect(await store.counter("a")).toBe(1);
  });

  test.for(["set", "update"] as const)("is repaired by %s, whose answer is lost", async (kind) => {
    const { proxy, manager, store } = await faultyVault({ timeout: 5_000 });
    await store.damage("a");
    proxy.cutAt(changeOf.write, "answered");
    await manager[kind]("a", value);
    expect([await store.value("a"), await store.counter("a")]).toEqual([value, 2]);
  });

  // Between the two reads of an update another process deletes it: a race that a stub makes certain.
  test("is not created by an update when it is deleted meanwhile (stub)", async () => {
    const stub = await stubbedVault();
    const manager = await openOnStub(stub);
    stub.script("GET", "/v1/secret/data/archestra/a", {
      status: 500,
      body: { errors: ["1 error occurred:\n\t* could not find version data\n\n"] },
    });
    stub.script("GET", "/v1/secret/metadata/archestra/a", { status: 404, body: { errors: [] } });
    expect((await failure(manager.update("a", value))).code).toBe("NOT_FOUND");
    expect(stub.requests.filter(({ method, path }) => method === "POST" && path.includes("/data/"))).toEqual(
      [],
    );
  });

  test("is repaired by deleting it again, and can then be created", async () => {
    const { manager, store } = await faultyVault();
    await store.damage("a");
    expect(await manager.delete("a")).toBe(true);
    expect(await manager.get("a")).toBeUndefined();
    await manager.create("a", value);
    expect(await store.value("a")).toEqual(value);
  });

  test("is repaired by a deletion whose own connection breaks", async () => {
    const { proxy, manager, store } = await faultyVault({ timeout: 5_000 });
    await store.damage("a");
    proxy.cutAt(changeOf.delete, "after");
    expect(await manager.delete("a")).toBe(true);
    expect(await store.counter("a")).toBe(0);
  });
});

describeVault("a deletion whose client is gone while Vault carries it out", () => {
  test("leaves a secret that the next deletion removes, whatever state it is in", async () => {
    const { server, manager, store } = await faultyVault({ vault: { storage: "persistent" } });
    let damaged = 0;
    for (let round = 0; round < 30; round++) {
      const name = `interrupted/${round}`;
      for (let version = 0; version < 8; version++) await store.put(name, { version });
      await deleteAndLeave(server.port, server.rootToken, store.entryPath(name), round % 6);
      const state = await manager.get(name).catch((error: { reason?: string }) => error.reason);
      if (state === "DAMAGED_SECRET") damaged++;
      else expect([undefined, 7]).toContain(typeof state === "object" ? state.value.version : state);
      await manager.delete(name);
      expect(await store.counter(name)).toBe(0);
    }
    console.log(`Of 30 deletions whose client left, ${damaged} ended half-way.`);
  });
});

/** Sends a deletion and closes the connection so many milliseconds later, without reading the answer. */
async function deleteAndLeave(
  port: number,
  token: string,
  path: string,
  milliseconds: number,
): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  socket.on("error", () => undefined);
  const lines = [
    `DELETE /v1/${path} HTTP/1.1`,
    "Host: vault",
    `X-Vault-Token: ${token}`,
    "X-Vault-Request: true",
  ];
  await new Promise<void>((resolve) => socket.write(`${lines.join("\r\n")}\r\n\r\n`, () => resolve()));
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
  socket.resetAndDestroy();
  await new Promise((resolve) => setTimeout(resolve, 30));
}
