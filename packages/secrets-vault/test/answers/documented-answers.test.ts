/*
 * Walks every answer that is classified, and compares the error of a call with what the docs say of its code and reason.
 */
import { readFileSync } from "node:fs";
import type { StubAnswer } from "@archestra/test-servers/stub-vault";
import { describe, expect, test } from "vitest";
import { rulesOfStatus } from "../../src/answers/answer-rules.ts";
import { failure } from "../support/failure.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const docs = new URL("../../../../docs/", import.meta.url);
const classifier = ["answer-rules.ts", "classify-answer.ts", "classified-answer.ts"].map(
  (file) => new URL(`../../src/answers/${file}`, import.meta.url),
);
const pageOfVault = readFileSync(new URL("plugins/vault.md", docs), "utf8");
const pageOfErrors = readFileSync(new URL("errors.md", docs), "utf8");

interface Documented {
  readonly code: string;
  readonly reason: string;
  readonly retryable: boolean;
}

const documented: readonly Documented[] = pageOfVault
  .slice(pageOfVault.indexOf("## Errors"))
  .split("\n")
  .flatMap((line) => {
    const [, code = "", reasons = "", retryable = ""] = line.split("|").map((cell) => cell.trim());
    if (retryable !== "yes" && retryable !== "no") return [];
    return [...reasons.matchAll(/`([A-Z_]+)`/g)].map(([, reason = ""]) => ({
      code,
      reason,
      retryable: retryable === "yes",
    }));
  });

/** Whether errors of a code can be retried, in the words of the page of all codes. */
function retryableOfCode(code: string): string {
  const section = pageOfErrors.slice(pageOfErrors.indexOf(`\n## ${code}\n`));
  return /\*\*Retryable:\*\* (.*)/.exec(section)?.[1] ?? "";
}

/** One answer for each rule of a text, and one for each status or body that decides without. */
const answers: readonly (readonly [answer: StubAnswer, code: string, reason: string])[] = [
  ...Object.entries(rulesOfStatus).flatMap(([status, rules]) =>
    Object.entries(rules).map(
      ([text, { code, reason }]) =>
        [{ status: Number(status), body: { errors: [`before ${text} behind`] } }, code, reason] as const,
    ),
  ),
  [
    { status: 404, body: { warnings: ["Invalid path for a versioned K/V secrets engine."] } },
    "INVALID_CONFIGURATION",
    "WRONG_KV_VERSION",
  ],
  [{ status: 400 }, "INVALID_ARGUMENT", "UNPRINTABLE_NAME"],
  [{ status: 400, body: "400 Bad Request" }, "INTERNAL", "UNREADABLE_REQUEST"],
  [
    { status: 400, body: { errors: ["JSON object exceeds allowed entry count"] } },
    "INVALID_ARGUMENT",
    "VALUE_TOO_COMPLEX",
  ],
  [{ status: 405, body: { errors: ["unsupported operation"] } }, "INTERNAL", "UNKNOWN_REFUSAL"],
  [{ status: 413, body: { errors: ["too large"] } }, "INVALID_ARGUMENT", "VALUE_TOO_LARGE"],
  [{ status: 429, body: { errors: ["rate limit quota exceeded"] } }, "RATE_LIMITED", "RATE_LIMITED"],
  [{ status: 500, body: { errors: ["internal error"] } }, "UNAVAILABLE", "SERVER_FAILURE"],
  [{ status: 502, body: "<html>Bad Gateway</html>" }, "UNAVAILABLE", "SERVER_FAILURE"],
  [{ status: 503, body: "<html>Maintenance</html>" }, "UNAVAILABLE", "SERVER_FAILURE"],
  [{ status: 504 }, "UNAVAILABLE", "SERVER_FAILURE"],
  [{ status: 200, body: { ok: true } }, "UNAVAILABLE", "UNEXPECTED_ANSWER"],
  [{ status: 404 }, "UNAVAILABLE", "UNEXPECTED_ANSWER"],
  [{ status: 200, body: "<html>Welcome</html>" }, "INVALID_CONFIGURATION", "NOT_VAULT"],
  [{ status: 404, body: "<html>Not Found</html>" }, "INVALID_CONFIGURATION", "NOT_VAULT"],
  [{ status: 301, headers: { location: "/v1/elsewhere" } }, "INTERNAL", "REDIRECTED"],
  [{ status: 302, headers: { location: "/elsewhere" } }, "INVALID_CONFIGURATION", "REDIRECTED"],
  [{ status: 307 }, "UNAVAILABLE", "REDIRECTED"],
];

describe("a classified answer (stub)", () => {
  test("fails a read with the code and the reason that are documented, and is retryable as documented", async () => {
    const stub = await stubbedVault();
    const names = answers.map((_answer, index) => `answer-${index}`);
    for (const [index, [answer]] of answers.entries())
      stub.script("GET", `/v1/secret/data/archestra/answer-${index}`, answer);
    // Each answer has a manager of its own, since one that refuses the token concerns all calls of a session.
    const managers = await Promise.all(names.map(() => openOnStub(stub, { timeout: 60_000 })));
    const errors = await Promise.all(
      names.map((name, index) => failure(managers[index]?.get(name) as Promise<unknown>)),
    );
    for (const [index, [answer, code, reason]] of answers.entries()) {
      const { code: ofCall, reason: reasonOfCall, retryable } = errors[index] ?? {};
      const about = JSON.stringify(answer);
      // A given token that is refused is not used again, which has a reason of its own.
      const expected = reason === "INVALID_TOKEN" ? "TOKEN_REFUSED" : reason;
      expect([ofCall, reasonOfCall], about).toEqual([code, expected]);
      const row = documented.find((row) => row.code === code && row.reason === expected);
      expect(retryable, about).toBe(row?.retryable);
    }
  });

  test("is among the answers of this file, for every reason that the classifier knows", () => {
    const known = new Set(answers.flatMap(([, code, reason]) => [code, reason]));
    const sources = classifier.map((file) => readFileSync(file, "utf8")).join("\n");
    const words = sources.match(/"[A-Z_]{4,}"/g) ?? [];
    const unwalked = words
      .map((word) => word.slice(1, -1))
      .filter((word) => !known.has(word) && word !== "ABSENT" && word !== "NOT_FOUND");
    expect(unwalked).toEqual([]);
  });
});

test("the page of Vault's errors and the page of all errors agree on what is retryable", () => {
  expect(documented.length).toBeGreaterThan(30);
  for (const { code, reason, retryable } of documented) {
    const words = retryableOfCode(code);
    const isException = words.includes(`\`${reason}\``);
    expect(words.startsWith("yes") !== isException, `${code} ${reason}: ${words}`).toBe(retryable);
  }
});
