import { readFile } from "node:fs/promises";
import { createSecretsManager, type SecretsError } from "@archestra/secrets-core";
import { memoryPlugin } from "@archestra/secrets-core/memory";
import { loginEvents, moveEvents, renewalEvents, sweepEvents } from "@archestra/secrets-core/plugin";
import { PrometheusExporter, PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import { MeterProvider } from "@opentelemetry/sdk-metrics";
import { expect, onTestFinished, test } from "vitest";
import { SecretsInstrumentation } from "../src/index.ts";

interface Panel {
  readonly title: string;
  readonly targets: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query: string }[] };
}

async function dashboard(): Promise<Dashboard> {
  const file = new URL("../../../docs/grafana-dashboard.json", import.meta.url);
  return JSON.parse(await readFile(file, "utf8")) as Dashboard;
}

interface ExportedSeries {
  /** As the exporter of OpenTelemetry for Prometheus names them. */
  readonly names: ReadonlySet<string>;
  /** As the collector, and Prometheus itself when it receives OTLP, name them: with the unit. */
  readonly namesWithUnits: ReadonlySet<string>;
  readonly labels: ReadonlySet<string>;
}

/** What Prometheus receives after work of every kind. */
async function exportedSeries(): Promise<ExportedSeries> {
  const exporter = new PrometheusExporter({ preventServerStart: true });
  const provider = new MeterProvider({ readers: [exporter] });
  const instrumentation = new SecretsInstrumentation();
  instrumentation.setMeterProvider(provider);
  onTestFinished(async () => {
    instrumentation.disable();
    await provider.shutdown();
  });
  await workOfEveryKind();
  const { resourceMetrics } = await exporter.collect();
  const text = new PrometheusSerializer().serialize(resourceMetrics);
  const series = [...text.matchAll(/^(?<name>archestra_\w+)\{(?<labels>[^}]*)\}/gm)];
  const names = series.map(({ groups }) => groups?.name ?? "");
  const inSeconds = [...text.matchAll(/^# UNIT (\w+) s$/gm)].map(([, name = ""]) => name);
  const withUnit = (name: string) => {
    const base = inSeconds.find((metric) => name.startsWith(`${metric}_`));
    return base === undefined ? name : `${base}_seconds${name.slice(base.length)}`;
  };
  const labels = series.flatMap(({ groups }) =>
    [...(groups?.labels ?? "").matchAll(/(\w+)="/g)].map(([, label = ""]) => label),
  );
  return { names: new Set(names), namesWithUnits: new Set(names.map(withUnit)), labels: new Set(labels) };
}

async function workOfEveryKind(): Promise<void> {
  const secrets = await createSecretsManager({
    plugins: [memoryPlugin()],
    manager: "MEMORY",
    env: {},
    cache: { maxAge: 600_000 },
  });
  await secrets.create("a", { n: 1 });
  await secrets.get("a");
  await secrets.get("a");
  await secrets.create("a", { n: 1 }).catch((error: SecretsError) => error.code);
  await Promise.all(
    [1, 2].map((n) => secrets.refresh("a", { isFresh: () => false, refresh: () => ({ n }) })),
  );
  await secrets.update("a", async () => {
    // Another write comes first, so that the update is repeated.
    if ((await secrets.get("a"))?.value.n !== 9) await secrets.set("a", { n: 9 });
    return { n: 3 };
  });
  await secrets.close();
  const manager = "MEMORY";
  await loginEvents.trace(
    () => ({ manager, isBackground: false }),
    async () => undefined,
  );
  await renewalEvents.trace(
    () => ({ manager }),
    async () => undefined,
  );
  await sweepEvents.trace(
    () => ({ manager, purpose: "rotate", isBackground: true }),
    async () => undefined,
    (event) => Object.assign(event, { changed: 2, failed: 1 }),
  );
  await moveEvents.trace(
    () => ({ manager, operation: "migrateSecrets" }),
    async () => undefined,
    (event) => Object.assign(event, { done: 1, skipped: 1, failed: 1 }),
  );
}

test("every query of the dashboard finds series that are exported, by labels that they have", async () => {
  const { panels, templating } = await dashboard();
  const { names, namesWithUnits, labels } = await exportedSeries();
  const queries = [
    ...panels.flatMap(({ targets }) => targets.map(({ expr }) => expr)),
    ...templating.list.map(({ query }) => query).filter((query) => query.startsWith("label_values")),
  ];
  for (const query of queries) {
    for (const exported of [names, namesWithUnits]) {
      expect(selectedBy(query, exported), query).not.toEqual([]);
    }
    const words = query.replaceAll(/__name__=~"[^"]*"/g, "").match(/\b(?:archestra_\w+|error_type|le)\b/g);
    expect(words?.filter((word) => !labels.has(word))).toEqual([]);
  }
  for (const { legendFormat } of panels.flatMap(({ targets }) => targets)) {
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
    expect(shown.filter((label) => !labels.has(label))).toEqual([]);
  }
});

test("the dashboard shows every metric, except how long sweeps and moves last", async () => {
  const { panels } = await dashboard();
  const { names } = await exportedSeries();
  const metricOf = (name: string) => name.replace(/_(?:bucket|sum|count)$/, "");
  const shown = new Set(
    panels.flatMap(({ targets }) => targets.flatMap(({ expr }) => selectedBy(expr, names).map(metricOf))),
  );
  const hidden = new Set([...names].map(metricOf).filter((name) => !shown.has(name)));
  expect([...hidden].toSorted()).toEqual([
    "archestra_secrets_move_duration",
    "archestra_secrets_sweep_duration",
  ]);
});

/** The names that the selectors of a query match. */
function selectedBy(query: string, names: ReadonlySet<string>): string[] {
  const selectors = [...query.matchAll(/__name__=~"(?<pattern>[^"]*)"/g)];
  return selectors.flatMap(({ groups }) => {
    const pattern = new RegExp(`^(?:${groups?.pattern})$`);
    return [...names].filter((name) => pattern.test(name));
  });
}
