import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import type { VaultAuthMethod } from "@archestra/secrets-vault/auth";
import { rescueReader, writeInParts } from "@archestra/test-harness/pipe-writer";
import { plantedText } from "@archestra/test-harness/planted-values";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { k8sAuth } from "../src/index.ts";

const folder = mkdtempSync(join(tmpdir(), "pipe-"));
const tokenPath = join(folder, "token");
const context = {
  logger: { warn: () => {} },
  strict: false,
  signal: new AbortController().signal,
  purpose: "secrets" as const,
};

afterAll(() => rmSync(folder, { recursive: true }));

async function openMethod(): Promise<VaultAuthMethod> {
  const settings = { role: "application", tokenPath, mountPoint: "kubernetes" };
  return k8sAuth().create(settings as never, context);
}

describe.skipIf(process.platform === "win32")("a token file that is a pipe", () => {
  test("without a writer is UNAVAILABLE within seconds, and blocks no thread that other files need", async () => {
    execFileSync("mkfifo", [tokenPath]);
    rescueReader(tokenPath, plantedText());
    const method = await openMethod();
    const { signal } = new AbortController();
    const send = () => Promise.reject(new Error("Nothing is to be sent."));
    const logins = Array.from({ length: 8 }, () =>
      method.login(send, { signal }).then(
        () => undefined,
        (error: unknown) => error,
      ),
    );
    expect(await readdir(folder)).toEqual(["token"]);
    for (const error of await Promise.all(logins)) {
      expect(isSecretsError(error, "UNAVAILABLE") && error.reason).toBe("PIPE_EMPTY");
    }
  });

  test("is no longer read once a signal aborts, and fails with the reason of the signal", async () => {
    rescueReader(tokenPath, plantedText());
    const method = await openMethod();
    const controller = new AbortController();
    const send = () => Promise.reject(new Error("Nothing is to be sent."));
    const others = new AbortController();
    onTestFinished(() => others.abort());
    // It begins earlier, so its time is over earlier. Only the signal can end the second login before the first.
    const other = method.login(send, { signal: others.signal }).catch(() => "the time was over");
    await sleep(300);
    const login = method.login(send, { signal: controller.signal });
    const reason = new SecretsError("CLOSED", "The manager closes.");
    controller.abort(reason);
    await expect(Promise.race([login, other])).rejects.toBe(reason);
  });

  test("is read when a process writes the token", async () => {
    const part = (claims: object) => Buffer.from(JSON.stringify(claims)).toString("base64url");
    const jwt = [part({ alg: "none" }), part({ sub: "application" }), plantedText()].join(".");
    const method = await openMethod();
    const { signal } = new AbortController();
    const bodies: unknown[] = [];
    const send = ({ body }: { readonly body?: unknown }) => {
      bodies.push(body);
      return Promise.reject(new SecretsError("UNAVAILABLE", "There is no Vault."));
    };
    const write = writeInParts(tokenPath, jwt);
    await expect(method.login(send, { signal })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await write;
    expect(bodies).toEqual([{ role: "application", jwt }]);
  });
});
