import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Environment, resolveSecretsManager } from "@archestra/secrets-core";
import { plantedText, showsPlantedText } from "@archestra/test-harness/planted-values";
import { tokenAuth } from "@archestra/vault-auth-token";
import { afterAll, describe, expect, test } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { openVault, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const vault = (name: string) => `ARCHESTRA_HASHICORP_VAULT_${name}`;
const certificates = [vault("CACERT"), vault("CLIENT_CERT"), vault("CLIENT_KEY")];

const folder = mkdtempSync(join(tmpdir(), "misplaced-secrets-"));
afterAll(() => rmSync(folder, { recursive: true }));

const privateKey = () => `-----BEGIN PRIVATE KEY-----\n${plantedText()}\n-----END PRIVATE KEY-----\n`;
const token = () => `hvs.${plantedText()}`;

/** Nothing listens there, and no case gets so far. */
const env = (more: Environment) =>
  vaultEnv("https://127.0.0.1:1", { ARCHESTRA_HASHICORP_VAULT_TOKEN: "a-token", ...more });

async function refusalOf(more: Environment) {
  const logger = recordedLogger();
  const error = await failure(openVault(env(more), { logger }));
  expect(error.code).toBe("INVALID_CONFIGURATION");
  expect(showsPlantedText([error, error.message, error.toJSON(), logger.warnings])).toBe(false);
  return error;
}

describe("a secret in a certificate setting is shown nowhere", () => {
  const forms: Readonly<Record<string, () => string>> = {
    "a token": token,
    "a word": plantedText,
    "a path that leads nowhere": () => `/run/secrets/${plantedText()}`,
    "a URL with a password": () => `https://user:${plantedText()}@vault.example`,
    "a very long text": () => plantedText().repeat(1_000),
    "a private key that is damaged": privateKey,
    "a private key on one line": () => privateKey().replaceAll("\n", "\\n"),
  };
  const cases = certificates.flatMap((variable) =>
    Object.entries(forms).map(([form, make]) => ({ variable, form, make })),
  );

  test.each(cases)("$form in $variable", async ({ variable, make }) => {
    const error = await refusalOf({ [variable]: make() });
    expect(error.message).toContain(variable);
  });

  test.each(certificates)("%s: its file holds something else", async (variable) => {
    const path = join(folder, variable);
    writeFileSync(path, plantedText());
    const error = await refusalOf({ [variable]: path });
    expect(error.reason).toBe("INVALID_PEM");
  });

  test.each(certificates)("%s in a description", (variable) => {
    const plugins = [vaultPlugin(), tokenAuth()];
    for (const text of [privateKey(), plantedText(), `/run/secrets/${plantedText()}`]) {
      const resolution = resolveSecretsManager(plugins, env({ [variable]: text }));
      expect(resolution.settings.find((setting) => setting.variable === variable)?.source).toBe("variable");
      expect(showsPlantedText(resolution)).toBe(false);
    }
  });
});

test("a private key in the place of a certificate is named as one", async () => {
  const error = await refusalOf({ [vault("CACERT")]: privateKey() });
  expect(error.reason).toBe("INVALID_CERTIFICATE");
  expect(error.message).toContain("It holds a private key");
});

test.each([
  ["with escaped line breaks", (pem: string) => pem.replaceAll("\n", "\\n")],
  ["as base64", (pem: string) => Buffer.from(pem).toString("base64")],
])("PEM %s that is not a certificate is refused with that reason", async (_form, write) => {
  const pem = "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n";
  const { reason, message } = await refusalOf({ [vault("CACERT")]: write(pem) });
  expect(reason).toBe("INVALID_CERTIFICATE");
  expect(message).toContain(vault("CACERT"));
});

test("certificate settings can come from the file that their _FILE names", async () => {
  const path = join(folder, "authority.pem");
  writeFileSync(path, "-----BEGIN CERTIFICATE-----\nMII\n-----END CERTIFICATE-----\n");
  const error = await refusalOf({ [`${vault("CACERT")}_FILE`]: path });
  expect(error.reason).toBe("INVALID_CERTIFICATE");
});

describe("a token in another variable is shown nowhere", () => {
  test.each([
    "ADDR",
    "KV_VERSION",
    "AUTH_METHOD",
    "SECRET_PATH",
    "SECRET_METADATA_PATH",
    "NAMESPACE",
    "TLS_SERVER_NAME",
    "TOKEN_FILE",
  ])("%s", async (name) => {
    const placed = { [vault(name)]: token(), ...(name === "TOKEN_FILE" ? { [vault("TOKEN")]: "" } : {}) };
    const error = await refusalOf(placed);
    expect(error.message).toContain(vault(name));
    expect(error.message).toContain("Vault token");
  });
});

describe("a text that is not a path of the setting is shown nowhere", () => {
  test.each([["NO_DATA_SEGMENT", () => ({ [vault("SECRET_PATH")]: plantedText() })]])(
    "%s",
    async (reason, place) => {
      expect((await refusalOf(place())).reason).toBe(reason);
    },
  );
});

test("a license value is shown nowhere", () => {
  const license = plantedText();
  const plugins = [vaultPlugin(), tokenAuth()];
  const resolution = resolveSecretsManager(plugins, env({ ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: license }));
  expect(resolution.manager).toBe("VAULT");
  expect(showsPlantedText(resolution)).toBe(false);
});

test("a password that is not percent-encoded in an address is shown nowhere", async () => {
  const { message } = await refusalOf({ [vault("ADDR")]: `https://vault:8200/${plantedText()}@example.com` });
  expect(message).toContain("must not contain `@`");
});
