/*
 * An application that exports its spans and metrics, in a process of its own. Its first argument names what it does: one of the
 * functions below.
 */
import { trace } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-http";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { NodeSDK } from "@opentelemetry/sdk-node";
import { SecretsInstrumentation } from "../../src/index.ts";

const { COLLECTOR_URL = "", PLANTED_VALUE = "", SECRET_NAMES } = process.env;
const sdk = new NodeSDK({
  serviceName: "application",
  traceExporter: new OTLPTraceExporter({ url: `${COLLECTOR_URL}/v1/traces` }),
  metricReaders: [
    new PeriodicExportingMetricReader({
      exporter: new OTLPMetricExporter({ url: `${COLLECTOR_URL}/v1/metrics` }),
    }),
  ],
  instrumentations: [
    new SecretsInstrumentation({ secretNames: SECRET_NAMES === "true" }),
    new UndiciInstrumentation(),
    new PgInstrumentation(),
  ],
});
sdk.start();

const { createSecretsManager, migrateSecrets } = await import("@archestra/secrets-core");
const { dbPlugin } = await import("@archestra/secrets-db");
const { vaultPlugin } = await import("@archestra/secrets-vault");
const { tokenAuth } = await import("@archestra/vault-auth-token");

const plugins = [dbPlugin(), vaultPlugin(), tokenAuth()];
const opened: AsyncDisposable[] = [];
const open = async (manager: string) => {
  const secrets = await createSecretsManager({ plugins, manager, cache: { maxAge: 600_000 } });
  opened.push(secrets);
  return secrets;
};
const value = { token: PLANTED_VALUE };

const inSpan = <Result>(name: string, run: () => Promise<Result>) =>
  trace.getTracer("application").startActiveSpan(name, async (span) => {
    try {
      return await run();
    } finally {
      span.end();
    }
  });

const runs: Readonly<Record<string, () => Promise<void>>> = {
  async reads() {
    const ofDatabase = await open("DB");
    await ofDatabase.create("of-postgres", value);
    const secrets = await open("VAULT");
    await secrets.create("of-vault", value);
    await inSpan("GET /vault", () => secrets.get("of-vault"));
    await inSpan("GET /postgres", () => secrets.get("of-postgres"));
    await inSpan("GET /cached", () => secrets.get("of-vault"));
    await inSpan("GET /many", () => secrets.getMany(["of-vault", "of-postgres", "absent"]));
    await inSpan("GET /list", () => Array.fromAsync(secrets.list()));
    await inSpan("GET /absent", () => secrets.update("absent", value).catch(() => undefined));
    const refresh = async () => {
      await fetch(`${COLLECTOR_URL}/token`, { method: "POST", body: "{}" });
      return value;
    };
    await inSpan("POST /refresh", () => secrets.refresh("of-vault", { isFresh: () => false, refresh }));
    await inSpan("POST /migrate", () => migrateSecrets(secrets, { to: "VAULT" }));
  },

  /** More calls at a time than the pools have connections. */
  async concurrently() {
    const secrets = await open("VAULT");
    const names = Array.from({ length: 100 }, (_, index) => `secret-${index}`);
    await Promise.all(names.map((name) => secrets.create(name, value)));
    const other = await open("VAULT");
    await Promise.all(names.map((name) => inSpan(`GET /${name}`, () => other.get(name))));
  },
};

await runs[process.argv[2] ?? ""]?.();
for (const manager of opened) await manager[Symbol.asyncDispose]();
await sdk.shutdown();
