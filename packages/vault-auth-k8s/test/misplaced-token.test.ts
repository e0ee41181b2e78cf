import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import {
  createSecretsManager,
  type Environment,
  isSecretsError,
  resolveSecretsManager,
} from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { plantedText, showsPlantedText } from "@archestra/test-harness/planted-values";
import { afterAll, describe, expect, test } from "vitest";
import { k8sAuth } from "../src/index.ts";

const TOKEN_PATH = "ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH";
const folder = mkdtempSync(join(tmpdir(), "misplaced-token-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Nothing listens there: the token is read before the first request. */
const env = (more: Environment): Environment => ({
  ARCHESTRA_SECRETS_MANAGER: "VAULT",
  ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
  ARCHESTRA_HASHICORP_VAULT_ADDR: "https://127.0.0.1:1",
  ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "K8S",
  ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "application",
  ...more,
});

async function refusalOf(more: Environment) {
  const warnings: unknown[] = [];
  const logger = { warn: (...parameters: unknown[]) => void warnings.push(parameters) };
  const error: unknown = await createSecretsManager({
    plugins: [vaultPlugin(), k8sAuth()],
    env: env(more),
    logger,
  }).then(
    (manager) => manager.close(),
    (thrown: unknown) => thrown,
  );
  if (!isSecretsError(error, "INVALID_CONFIGURATION")) throw new Error("It was to be refused.");
  expect(showsPlantedText([error, error.message, error.toJSON(), inspect(error), warnings])).toBe(false);
  return error;
}

describe("a token in the variable of its path is shown nowhere", () => {
  const forms: Readonly<Record<string, readonly [make: () => string, words: string]>> = {
    "a JSON web token": [
      () => `eyJhbGciOiJSUzI1NiJ9.eyJ${plantedText()}.${plantedText()}`,
      "must be the path of a file, but contains a JSON web token",
    ],
    "a private key": [
      () => `-----BEGIN PRIVATE KEY-----\n${plantedText()}\n-----END PRIVATE KEY-----`,
      "must be the path of a file, but contains a private key",
    ],
    "a word": [plantedText, "does not exist"],
    "a path that leads nowhere": [() => `/run/secrets/${plantedText()}`, "does not exist"],
    "a very long text": [() => plantedText().repeat(1_000), "cannot be read (ENAMETOOLONG)"],
  };

  test.each(Object.entries(forms))("%s", async (_form, [make, words]) => {
    const error = await refusalOf({ [TOKEN_PATH]: make() });
    expect(error.message).toContain(TOKEN_PATH);
    expect(error.message).toContain(words);
  });

  test("and not in a description, which shows the default", () => {
    const plugins = [vaultPlugin(), k8sAuth()];
    const described = (more: Environment) =>
      resolveSecretsManager(plugins, env(more)).settings.find(({ option }) => option === "tokenPath");
    expect(showsPlantedText(described({ [TOKEN_PATH]: plantedText() }))).toBe(false);
    expect(described({})?.value).toBe("/var/run/secrets/kubernetes.io/serviceaccount/token");
  });
});

test("a file that exists is named, and one that was removed before the next login is not", async () => {
  const tokenPath = join(folder, plantedText());
  const context = { logger: { warn() {} }, strict: false, signal: new AbortController().signal } as const;
  const settings = { role: "application", mountPoint: "kubernetes", tokenPath };
  const method = await k8sAuth().create(settings as never, { ...context, purpose: "secrets" });
  const refused = async () => {
    const login = method.login(
      () => {
        throw new TypeError("Nothing is sent.");
      },
      { signal: context.signal, isFirst: true } as never,
    );
    const error: unknown = await login.then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    if (!isSecretsError(error)) throw new Error("It was to be refused.", { cause: error });
    return error;
  };
  const existing = join(folder, "token");
  writeFileSync(existing, "no token");
  const named = await refusalOf({ [TOKEN_PATH]: existing });
  expect(named.reason).toBe("TOKEN_MALFORMED");
  expect(named.message).toContain(JSON.stringify(existing));
  const gone = await refused();
  expect(gone.reason).toBe("TOKEN_FILE_MISSING");
  expect(showsPlantedText(gone)).toBe(false);
});

test("a token in the role or the mount is shown nowhere", async () => {
  for (const name of ["K8S_ROLE", "K8S_MOUNT_POINT"]) {
    const error = await refusalOf({ [`ARCHESTRA_HASHICORP_VAULT_${name}`]: `hvs.${plantedText()}` });
    expect(error.message).toContain(name);
  }
});
