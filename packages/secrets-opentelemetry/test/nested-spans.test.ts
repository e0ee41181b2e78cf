import { randomUUID } from "node:crypto";
// For its declaration of `postgresUrl`.
import type {} from "@archestra/test-servers/postgres-global-setup";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { Collector, type ExportedSpan } from "./support/collector.ts";
import { runApplication } from "./support/run-application.ts";

const postgresUrl = inject("postgresUrl");
const SECRETS = "@archestra/secrets-opentelemetry";
const UNDICI = "@opentelemetry/instrumentation-undici";
const PG = "@opentelemetry/instrumentation-pg";

/** What must never be exported. */
interface Planted {
  readonly value: string;
  readonly key: string;
  readonly token: string;
}

/** Runs the application beside a Vault and a PostgreSQL, and returns what it exported. */
async function exported(
  run: string,
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly collector: Collector; readonly planted: Planted }> {
  const planted = {
    value: `planted-value-${randomUUID()}`,
    key: `planted-key-${randomUUID()}-${randomUUID()}`,
    token: `planted-token-${randomUUID()}`,
  };
  const server = await vaultOfTest({ rootToken: planted.token });
  await server.mountKv("secret", 2);
  const collector = await Collector.start();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  await runApplication(run, {
    COLLECTOR_URL: collector.url,
    PLANTED_VALUE: planted.value,
    ARCHESTRA_DATABASE_URL: postgresUrl ?? "",
    ARCHESTRA_DATABASE_SCHEMA: `s${randomUUID().replaceAll("-", "")}`,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: planted.key,
    ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    ARCHESTRA_HASHICORP_VAULT_TOKEN: planted.token,
    ...env,
  });
  return { collector, planted };
}

/** The spans of one trace. */
class Trace {
  readonly #spans: readonly ExportedSpan[];
  readonly root: ExportedSpan;

  constructor(spans: readonly ExportedSpan[], rootName: string) {
    const root = spans.find(({ name }) => name === rootName);
    if (root === undefined) throw new Error(`No span ${rootName} was exported.`);
    this.root = root;
    this.#spans = spans.filter(({ traceId }) => traceId === root.traceId);
  }

  /** The children of a span, of one scope. */
  children(parent: ExportedSpan, scope: string): ExportedSpan[] {
    return this.#spans.filter((span) => span.parentSpanId === parent.spanId && span.scope === scope);
  }

  /** The one call on secrets of the application's span. */
  get call(): ExportedSpan {
    const [call, ...others] = this.children(this.root, SECRETS);
    if (call === undefined || others.length > 0) throw new Error("The trace has not one call on secrets.");
    return call;
  }
}

const describeWithPostgres = postgresUrl === undefined ? describe.skip : describeVault;

describeWithPostgres("exported spans", () => {
  test("of the application, the call and its requests to Vault and PostgreSQL are nested", async () => {
    const { collector, planted } = await exported("reads");
    const { spans } = collector;

    const fromVault = new Trace(spans, "GET /vault");
    expect(fromVault.call).toMatchObject({
      name: "secrets.get",
      attributes: {
        "archestra.secrets.operation": "get",
        "archestra.secrets.manager": "VAULT",
        "archestra.secrets.owner": "VAULT",
        "archestra.secrets.cache.hit": false,
      },
    });
    expect(
      fromVault.children(fromVault.call, UNDICI).map(({ attributes }) => attributes["url.path"]),
    ).toEqual(["/v1/secret/data/archestra/of-vault"]);
    // Its entry in the ownership table.
    expect(queries(fromVault.children(fromVault.call, PG))).toHaveLength(1);

    const fromPostgres = new Trace(spans, "GET /postgres");
    expect(fromPostgres.call.attributes).toMatchObject({ "archestra.secrets.owner": "DB" });
    expect(queries(fromPostgres.children(fromPostgres.call, PG))).toMatchObject([
      { attributes: { "db.system.name": "postgresql", "db.query.text": expect.stringContaining("select") } },
    ]);
    expect(fromPostgres.children(fromPostgres.call, UNDICI)).toEqual([]);

    const cached = new Trace(spans, "GET /cached");
    expect(cached.call.attributes).toMatchObject({ "archestra.secrets.cache.hit": true });
    expect([UNDICI, PG].flatMap((scope) => cached.children(cached.call, scope))).toEqual([]);

    const many = new Trace(spans, "GET /many");
    expect(many.call.name).toBe("secrets.getMany");
    expect(queries(many.children(many.call, PG))).toHaveLength(1);

    const list = new Trace(spans, "GET /list");
    expect(list.call.name).toBe("secrets.list");
    expect(list.children(list.call, UNDICI).length).toBeGreaterThan(0);

    const refresh = new Trace(spans, "POST /refresh");
    const [attempt] = refresh.children(refresh.call, SECRETS);
    expect(attempt?.name).toBe("secrets.refresh.attempt");
    expect(refresh.children(attempt as ExportedSpan, UNDICI)).toMatchObject([
      { attributes: { "url.path": "/token" } },
    ]);

    const migration = new Trace(spans, "POST /migrate");
    const [move] = migration.children(migration.root, SECRETS).filter(({ name }) => name === "secrets.move");
    expect(migration.children(move as ExportedSpan, SECRETS).map(({ name }) => name)).toEqual([
      "secrets.migrateSecrets",
      "secrets.migrateSecrets",
    ]);

    const login = spans.find(({ name }) => name === "secrets.login") as ExportedSpan;
    expect(new Trace(spans, login.name).children(login, UNDICI).length).toBeGreaterThan(0);

    const { received } = collector;
    expect(received).toContain("of-vault");
    for (const secret of Object.values(planted)) expect(received.includes(secret)).toBe(false);
  });

  test("of concurrent calls are children of their own call", async () => {
    const { spans } = (await exported("concurrently")).collector;
    for (let index = 0; index < 100; index++) {
      const trace = new Trace(spans, `GET /secret-${index}`);
      const paths = trace.children(trace.call, UNDICI).map(({ attributes }) => attributes["url.path"]);
      // A busy server may let a client repeat a request.
      expect([...new Set(paths)]).toEqual([`/v1/secret/data/archestra/secret-${index}`]);
      expect(queries(trace.children(trace.call, PG)).length).toBeGreaterThan(0);
    }
  });

  test("of failures have the code and no message, and no span of ours names a secret", async () => {
    const { spans } = (await exported("reads")).collector;
    const { call } = new Trace(spans, "GET /absent");
    expect(call.status).toEqual({ code: 2 });
    expect(call.attributes).toMatchObject({
      "error.type": "NOT_FOUND",
      "archestra.secrets.error.retryable": false,
    });
    const ours = spans.filter(({ scope }) => scope === SECRETS);
    expect(JSON.stringify(ours)).not.toContain("of-vault");
  });

  test("contain the names of secrets if the application wants that", async () => {
    const { spans } = (await exported("reads", { SECRET_NAMES: "true" })).collector;
    const { call } = new Trace(spans, "GET /absent");
    expect(call.attributes).toMatchObject({ "archestra.secrets.name": "absent" });
    expect(call.status.message).toContain("absent");
  });
});

function queries(spans: readonly ExportedSpan[]): ExportedSpan[] {
  return spans.filter(({ name }) => name.startsWith("pg.query"));
}
