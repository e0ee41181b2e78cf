import { createSecretKey } from "node:crypto";
import { describe, expect, test } from "vitest";
import { deriveEncryptionKey, EncryptionKey } from "../../src/encryption/encryption-key.ts";
import { createKeyRing, KeyRing, type KeyRingSecrets } from "../../src/encryption/key-ring.ts";

const unset: KeyRingSecrets = {
  encryptionSecret: undefined,
  previousSecrets: undefined,
  authSecret: undefined,
};
const id = (secret: string) => deriveEncryptionKey(secret).id;
const idsOf = (secrets: Partial<KeyRingSecrets>) =>
  createKeyRing({ ...unset, ...secrets })?.keys.map((key) => key.id);

describe("createKeyRing", () => {
  test("writes with the encryption secret, else with the auth secret", () => {
    expect(createKeyRing({ ...unset, encryptionSecret: "enc", authSecret: "auth" })?.current.id).toBe(
      id("enc"),
    );
    expect(createKeyRing({ ...unset, authSecret: "auth" })?.current.id).toBe(id("auth"));
    expect(idsOf({ authSecret: "auth" })).toEqual([id("auth")]);
  });

  test("has nothing to write with when neither is set", () => {
    expect(createKeyRing(unset)).toBeUndefined();
    expect(createKeyRing({ ...unset, previousSecrets: "old" })).toBeUndefined();
  });

  test("tries the previous secrets whole and split at commas, trimmed, without empty ones", () => {
    expect(idsOf({ encryptionSecret: "new", previousSecrets: "one, two ,,three" })).toEqual([
      id("new"),
      id("one, two ,,three"),
      id("one"),
      id("two"),
      id("three"),
    ]);
    expect(idsOf({ encryptionSecret: "new", previousSecrets: " old " })).toEqual([
      id("new"),
      id(" old "),
      id("old"),
    ]);
    expect(idsOf({ encryptionSecret: "new", previousSecrets: "" })).toEqual([id("new")]);
  });

  test("takes the auth secret in whenever it is set, as the last", () => {
    expect(idsOf({ encryptionSecret: "new", previousSecrets: "old", authSecret: "auth" })).toEqual([
      id("new"),
      id("old"),
      id("auth"),
    ]);
  });

  test("holds each key once, where it came first", () => {
    expect(idsOf({ encryptionSecret: "same", previousSecrets: "old,same,old", authSecret: "same" })).toEqual([
      id("same"),
      id("old,same,old"),
      id("old"),
    ]);
  });
});

describe("KeyRing.find", () => {
  test("answers a list: the key of the id, or none", () => {
    const ring = createKeyRing({ ...unset, encryptionSecret: "new", previousSecrets: "old" });
    expect(ring?.find(id("old")).map((key) => key.id)).toEqual([id("old")]);
    expect(ring?.find(id("other"))).toEqual([]);
  });

  test("keeps two keys whose ids collide", () => {
    const twin = (secret: string) => new EncryptionKey("AAAAAAAAAAA", createSecretKey(Buffer.from(secret)));
    const [first, second] = [twin("first"), twin("second")];
    expect(new KeyRing(first, [second, twin("first")]).find("AAAAAAAAAAA")).toEqual([first, second]);
    expect(new KeyRing(first, [second, twin("first")]).keys).toHaveLength(2);
  });
});
