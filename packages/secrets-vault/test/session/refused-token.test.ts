/*
 * OpenBao says "permission denied" and nothing else of a token that it does not know, as Vault did until 1.17, so that the
 * session has to look the token up.
 */
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeOpenBao, openBaoOfTest } from "@archestra/test-servers/vault-tests";
import { Agent, type Dispatcher } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { appRoleAuth } from "../support/app-role-auth.ts";
import { failure } from "../support/failure.ts";
import { issuedAccessors, loginsOf } from "../support/logins.ts";
import {
  applicationPolicy,
  appRoleEnv,
  openVault,
  prepareAppRole,
  tokenEnv,
  vaultEnv,
} from "../support/open-vault.ts";
import { stubbedVault } from "../support/stubbed-vault.ts";

const CALLS = 100;
const LOOKUP = "auth/token/lookup-self";

async function lookupsOf(server: VaultServer): Promise<number> {
  return (await server.auditedRequests()).filter(({ path }) => path === LOOKUP).length;
}

function readsOf(manager: SecretsManager): Promise<unknown>[] {
  return Array.from({ length: CALLS }, () => manager.get("a"));
}

describeOpenBao("a token that OpenBao refuses to many calls at the same time", () => {
  test("is looked up once, and one login serves all", async () => {
    const server = await openBaoOfTest({ audit: true });
    const role = await prepareAppRole(server);
    const before = await server.accessors();
    const manager = await openVault(vaultEnv(server.address, appRoleEnv(role)));
    await manager.create("a", { token: "1" });
    const logins = (await loginsOf(server)).length;
    const lookups = await lookupsOf(server);
    for (const accessor of await issuedAccessors(server, before)) await server.revokeAccessor(accessor);
    for (const secret of await Promise.all(readsOf(manager)))
      expect(secret).toMatchObject({ value: { token: "1" } });
    expect((await lookupsOf(server)) - lookups).toBe(1);
    expect((await loginsOf(server)).length - logins).toBe(1);
  });

  test("that was given is looked up once, and every call says that it was refused", async () => {
    const server = await openBaoOfTest({ audit: true });
    await server.mountKv("secret", 2);
    await server.putPolicy("application", applicationPolicy);
    const before = await server.accessors();
    const { token } = await server.createToken({ policies: ["application"] });
    const manager = await openVault(vaultEnv(server.address, tokenEnv(token)));
    await manager.create("a", { token: "1" });
    const lookups = await lookupsOf(server);
    for (const accessor of await issuedAccessors(server, before)) await server.revokeAccessor(accessor);
    const errors = await Promise.all(readsOf(manager).map((read) => failure(read)));
    for (const { code, reason } of errors)
      expect([code, reason]).toEqual(["UNAUTHENTICATED", "TOKEN_REFUSED"]);
    expect((await lookupsOf(server)) - lookups).toBe(1);
  });
});

describe("a living token that is refused to many calls at the same time (stub)", () => {
  test("is looked up again only for refusals that came after the lookup had begun", async () => {
    const stub = await stubbedVault();
    stub.script("POST", "/v1/auth/approle/login", {
      status: 200,
      body: { auth: { client_token: plantedText(), lease_duration: 3_600, token_type: "service" } },
    });
    stub.script("GET", "/v1/auth/token/lookup-self", {
      status: 200,
      body: { data: { ttl: 3_600, type: "service" } },
    });
    const { dispatcher, refusals, holdLookups } = holdingDispatcher();
    const manager = await createSecretsManager({
      plugins: [vaultPlugin({ dispatcher }), appRoleAuth()],
      env: vaultEnv(stub.address, appRoleEnv({ roleId: plantedText(), secretId: plantedText() })),
    });
    onTestFinished(() => manager.close());
    stub.script("GET", "/v1/secret/data/archestra/a", {
      status: 403,
      body: { errors: ["permission denied"] },
    });
    const release = holdLookups();
    const reads = readsOf(manager).map((read) => failure(read));
    await refusals(CALLS);
    release();
    for (const error of await Promise.all(reads))
      expect([error.code, error.reason]).toEqual(["PERMISSION_DENIED", "UNSPECIFIED_REFUSAL"]);
    // The first refusal began one. The others came while it was held, when the token may have died since.
    expect(stub.requests.filter(({ path }) => path.endsWith(LOOKUP))).toHaveLength(2);
  });
});

/** A dispatcher that holds lookups back, and knows how many refusals have reached the client. */
function holdingDispatcher() {
  const agent = new Agent();
  onTestFinished(() => agent.close());
  let held: (() => void)[] | undefined;
  let count = 0;
  let onRefusal = () => {};
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    const counting: Dispatcher.DispatchHandler = {
      onRequestStart: (...args) => handler.onRequestStart?.(...args),
      onResponseStart: (controller, status, ...more) => {
        handler.onResponseStart?.(controller, status, ...more);
        if (status === 403) count++;
      },
      onResponseData: (...args) => handler.onResponseData?.(...args),
      onResponseEnd: (...args) => {
        handler.onResponseEnd?.(...args);
        onRefusal();
      },
      onResponseError: (...args) => handler.onResponseError?.(...args),
    };
    if (held === undefined || !options.path.endsWith(LOOKUP)) return dispatch(options, counting);
    held.push(() => dispatch(options, handler));
    return true;
  });
  return {
    dispatcher,
    holdLookups() {
      held = [];
      count = 0;
      return () => {
        const waiting = held ?? [];
        held = undefined;
        for (const send of waiting) send();
      };
    },
    /** Settles when so many refusals have come, and the calls have taken them. */
    async refusals(expected: number): Promise<void> {
      await new Promise<void>((resolve) => {
        onRefusal = () => {
          if (count >= expected) setImmediate(resolve);
        };
      });
    },
  };
}
