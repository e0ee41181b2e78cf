import type { CreateSecretsManagerOptions, Environment, SecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import { type StubAnswer, type StubVault, startStubVault } from "@archestra/test-servers/stub-vault";
import { onTestFinished } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "./open-vault.ts";

/** What a mount of KV 2 at `secret` answers to the looks of a start. */
export const startAnswers: Readonly<Record<string, StubAnswer>> = {
  "GET /v1/auth/token/lookup-self": {
    status: 200,
    body: { data: { ttl: 0, expire_time: null, renewable: false, type: "service", num_uses: 0 } },
  },
  "POST /v1/sys/wrapping/lookup": {
    status: 400,
    body: { errors: ["wrapping token is not valid or does not exist"] },
  },
  "GET /v1/sys/internal/ui/mounts/secret/data/archestra": {
    status: 200,
    body: { data: { path: "secret/", type: "kv", options: { version: "2" } } },
  },
  "POST /v1/sys/capabilities-self": {
    status: 403,
    body: { errors: ["1 error occurred:\n\t* permission denied\n\n"] },
  },
};

/** A stub on which a manager can start, and whose answers to everything else the test scripts. */
export async function stubbedVault(): Promise<StubVault> {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  for (const [request, answer] of Object.entries(startAnswers)) {
    const [method = "", path = ""] = request.split(" ");
    stub.script(method, path, answer);
  }
  return stub;
}

/** A manager on a stub, with a planted token. */
export function openOnStub(
  stub: StubVault,
  options: Pick<CreateSecretsManagerOptions, "timeout" | "logger"> & { readonly env?: Environment } = {},
): Promise<SecretsManager> {
  const { env, ...more } = options;
  return openVault(vaultEnv(stub.address, { ...tokenEnv(plantedText()), ...env }), more);
}
