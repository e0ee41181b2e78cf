import { expect, test } from "vitest";
import { vaultPolicy } from "../../src/index.ts";
import { failure } from "../support/failure.ts";

const PREFIX = "ARCHESTRA_HASHICORP_VAULT_";

test("vaultPolicy() has the paths of the settings, as a policy of the login's namespace has them", async () => {
  const env = {
    [`${PREFIX}SECRET_PATH`]: "kv/data/app",
    [`${PREFIX}NAMESPACE`]: "team/child",
    [`${PREFIX}AUTH_NAMESPACE`]: "team",
  };
  expect(await vaultPolicy("reader", {}, { env })).toBe(
    'path "child/kv/data/app/*" { capabilities = ["read"] }\npath "child/kv/metadata/app/*" { capabilities = ["read", "list"] }\n',
  );
  expect(
    await vaultPolicy("reader", { authNamespace: "root", kvVersion: 1, secretPath: "kv/app" }, { env }),
  ).toBe('path "team/child/kv/app/*" { capabilities = ["read", "list"] }\n');
  expect(await vaultPolicy("writer", { secretMetadataPath: "info/app" }, { env: {} })).toContain(
    'path "info/app/*" { capabilities = ["read", "list", "delete"] }',
  );
});

test("vaultPolicy() refuses an unknown role, and a path without `data`", async () => {
  expect(await failure(vaultPolicy("root" as "reader"))).toMatchObject({ code: "INVALID_ARGUMENT" });
  expect(await failure(vaultPolicy("reader", { secretPath: "kv/app" }, { env: {} }))).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "NO_DATA_SEGMENT",
  });
});
