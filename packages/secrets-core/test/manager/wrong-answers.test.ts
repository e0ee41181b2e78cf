import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";

const ofAnotherName = { name: "b", version: "1", value: { token: "1" } };

describe("a backend that answers with another secret's name", () => {
  test("does not return the value of another secret", async () => {
    const manager = await openBackend(fakeBackend({ get: async () => ofAnotherName }));

    const error = await failure(manager.get("a"));

    expect(error).toMatchObject({ code: "INTERNAL", reason: "WRONG_NAME", secretName: "a" });
    expect(await failure(manager.update("a", (current) => current))).toMatchObject({ reason: "WRONG_NAME" });
  });

  test("fails the name of getMany, and not the others", async () => {
    const answers = new Map([
      ["a", { status: "found" as const, secret: ofAnotherName }],
      ["b", { status: "found" as const, secret: ofAnotherName }],
    ]);
    const manager = await openBackend(fakeBackend({ getMany: async () => answers }));

    const results = await manager.getMany(["a", "b"]);

    expect(results.get("a")).toMatchObject({ status: "failed", error: { reason: "WRONG_NAME" } });
    expect(results.get("b")).toMatchObject({ status: "found" });
  });

  test("is OUTCOME_UNKNOWN for a write", async () => {
    const manager = await openBackend(fakeBackend({ write: async () => ({ name: "b", version: "1" }) }));

    const error = await failure(manager.set("a", { token: "1" }));

    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", reason: "WRONG_NAME", secretName: "a" });
  });
});

test("invalid times are left out", async () => {
  const info = {
    name: "a",
    version: "1",
    createdAt: new Date("yesterday"),
    updatedAt: "2026-11-24" as unknown as Date,
  };
  const manager = await openBackend(
    fakeBackend({ get: async () => ({ ...info, value: { token: "1" } }), write: async () => info }),
  );

  for (const told of [await manager.get("a"), await manager.set("a", { token: "1" })]) {
    expect(told).not.toHaveProperty("createdAt");
    expect(told).not.toHaveProperty("updatedAt");
  }
});
