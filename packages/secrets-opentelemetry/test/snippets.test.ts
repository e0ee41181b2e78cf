import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
// For its declaration of `postgresUrl`.
import type {} from "@archestra/test-servers/postgres-global-setup";
import { describe, expect, inject, onTestFinished, test } from "vitest";
import { Collector } from "./support/collector.ts";

const folder = join(import.meta.dirname, "snippets");
const postgresUrl = inject("postgresUrl");

/** Runs the application behind a snippet, which only variables configure. */
async function collectFrom(snippet: string, databaseUrl: string): Promise<Collector> {
  const collector = await Collector.start();
  onTestFinished(() => collector[Symbol.asyncDispose]());
  const parameters = ["--import", join(folder, snippet), join(folder, "application.ts")];
  await promisify(execFile)(process.execPath, ["--disable-warning=ExperimentalWarning", ...parameters], {
    env: {
      PATH: process.env.PATH ?? "",
      ARCHESTRA_AUTH_SECRET: "only-for-this-test-0123456789-0123456789",
      ARCHESTRA_DATABASE_URL: databaseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
      OTEL_METRICS_EXPORTER: "otlp",
    },
  });
  return collector;
}

const spanNames = ({ spans }: Collector, scope: string) =>
  spans.filter((span) => span.scope === scope).map(({ name }) => name);

test("telemetry.ts exports spans and metrics as the README shows it", async () => {
  const collector = await collectFrom("telemetry.ts", "sqlite::memory:");
  expect(spanNames(collector, "@archestra/secrets-opentelemetry")).toEqual(["secrets.set", "secrets.get"]);
  expect(collector.metrics.map(({ name }) => name)).toContain("archestra.secrets.operation.duration");
});

describe.skipIf(postgresUrl === undefined)("on PostgreSQL", () => {
  test("nested.ts exports the spans of `pg` as children of ours, as the README shows it", async () => {
    const collector = await collectFrom("nested.ts", postgresUrl ?? "");
    const get = collector.spans.find(({ name }) => name === "secrets.get");
    const children = collector.spans.filter(({ parentSpanId }) => parentSpanId === get?.spanId);
    expect(new Set(children.map(({ scope }) => scope))).toEqual(
      new Set(["@opentelemetry/instrumentation-pg"]),
    );
  });
});
