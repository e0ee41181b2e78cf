import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, onTestFinished, test } from "vitest";
import { deriveEncryptionKey } from "../../src/encryption/encryption-key.ts";
import { encryptValue } from "../../src/encryption/envelope.ts";
import type { EnvelopePlace } from "../../src/encryption/envelope-place.ts";
import { KeyRing } from "../../src/encryption/key-ring.ts";
import { openStored, parts, place, reasonOf } from "./fixtures.ts";
import { findPython } from "./vectors/find-python.ts";

interface OpeningVector {
  readonly description: string;
  readonly secret: string;
  readonly kid: string;
  readonly place: EnvelopePlace;
  readonly salt: string;
  readonly json: string;
  readonly stored: string;
}

interface RefusedVector {
  readonly description: string;
  readonly secrets: readonly [string, ...string[]];
  readonly place: EnvelopePlace;
  readonly stored: string;
  readonly reason: string;
}

const file = fileURLToPath(new URL("../../../../docs/vectors/envelope-v2.json", import.meta.url));
const vectors = JSON.parse(readFileSync(file, "utf8")) as {
  readonly opens: readonly OpeningVector[];
  readonly refused: readonly RefusedVector[];
};

function expectToOpen(vector: OpeningVector): void {
  const key = deriveEncryptionKey(vector.secret);
  expect(key.id).toBe(vector.kid);
  expect(Buffer.from(parts(vector.stored).salt, "base64url").toString("hex")).toBe(vector.salt);
  expect(openStored(vector.stored, new KeyRing(key), vector.place)).toBe(vector.json);
}

describe("the frozen vectors", () => {
  test("are complete", () => {
    expect(vectors.opens.length).toBeGreaterThanOrEqual(12);
    expect(vectors.refused.length).toBeGreaterThanOrEqual(35);
  });

  test.each(vectors.opens.map((vector) => [vector.description, vector] as const))("open: %s", (_, vector) => {
    expectToOpen(vector);
  });

  test.each(vectors.refused.map((vector) => [vector.description, vector] as const))(
    "are refused: %s",
    (_, vector) => {
      const [current, ...others] = vector.secrets;
      const ring = new KeyRing(deriveEncryptionKey(current), others.map(deriveEncryptionKey));
      expect(reasonOf(() => openStored(vector.stored, ring, vector.place))).toBe(vector.reason);
    },
  );
});

test("an implementation in Python agrees, in both directions", { timeout: 300_000 }, (context) => {
  const search = findPython();
  if ("problem" in search) {
    if (process.env.CI) throw new Error(search.problem);
    return context.skip(search.problem);
  }
  const folder = mkdtempSync(join(tmpdir(), "envelope-v2-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const ours = join(folder, "ours.json");
  writeFileSync(ours, JSON.stringify({ opens: sealFreshEntries() }));

  const script = fileURLToPath(new URL("./vectors/check_vectors.py", import.meta.url));
  const run = spawnSync(search.python, ["-B", script, file, ours], { encoding: "utf8" });

  expect(run.stderr).toBe("");
  expect(run.status).toBe(0);
  const theirs = JSON.parse(run.stdout.trimEnd().split("\n").at(-1) ?? "") as OpeningVector;
  expectToOpen(theirs);
});

/** What this implementation seals just now, for the other one to open. */
function sealFreshEntries(): OpeningVector[] {
  const canary = { ...place, name: "a canary", purpose: "canary" } as const;
  return ["{}", '{"token":"ghp_1"}', JSON.stringify({ "größer 🔑": "更大".repeat(300) })].flatMap((json) =>
    [place, canary].map((at): OpeningVector => {
      const secret = `the secret of ${json.length} characters`;
      const key = deriveEncryptionKey(secret);
      const stored = encryptValue(json, key, at);
      const salt = Buffer.from(parts(stored).salt, "base64url").toString("hex");
      return {
        description: `sealed just now: ${at.purpose}`,
        secret,
        kid: key.id,
        place: at,
        salt,
        json,
        stored,
      };
    }),
  );
}
