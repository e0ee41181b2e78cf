import { execFile, execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import type { VaultAuthMethod } from "@archestra/secrets-vault/auth";
import { afterAll, describe, expect, test } from "vitest";
import { plantedText } from "../../../tools/testing/planted-values.ts";
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

  test("is given up at once with the reason of the signal", async () => {
    const method = await openMethod();
    const controller = new AbortController();
    const send = () => Promise.reject(new Error("Nothing is to be sent."));
    const login = method.login(send, { signal: controller.signal });
    const reason = new SecretsError("CLOSED", "The manager closes.");
    controller.abort(reason);
    await expect(login).rejects.toBe(reason);
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
    const write = promisify(execFile)("sh", ["-c", 'printf "%s\\n" "$1" > "$2"', "sh", jwt, tokenPath]);
    await expect(method.login(send, { signal })).rejects.toMatchObject({ code: "UNAVAILABLE" });
    await write;
    expect(bodies).toEqual([{ role: "application", jwt }]);
  });
});
