import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { memoryPlugin } from "@archestra/secrets-core/memory";
import { loginEvents, renewalEvents, sweepEvents } from "@archestra/secrets-core/plugin";
import { context, diag, metrics, type Tracer, trace } from "@opentelemetry/api";
import { AsyncLocalStorageContextManager } from "@opentelemetry/context-async-hooks";
import type { Instrumentation } from "@opentelemetry/instrumentation";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import { InMemorySpanExporter, SimpleSpanProcessor, TracerProvider } from "@opentelemetry/sdk-trace";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { SecretsInstrumentation, type SecretsInstrumentationConfig } from "../src/index.ts";

const exporter = new InMemorySpanExporter();
const provider = new TracerProvider({ spanProcessors: [new SimpleSpanProcessor({ exporter })] });
const tracer = provider.getTracer("test");

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  exporter.reset();
});

afterEach(() => {
  context.disable();
  trace.disable();
  metrics.disable();
  diag.disable();
});

function instrument(config?: SecretsInstrumentationConfig): SecretsInstrumentation {
  const instrumentation = new SecretsInstrumentation(config);
  instrumentation.setTracerProvider(provider);
  onTestFinished(() => instrumentation.disable());
  return instrumentation;
}

async function openMemory(): Promise<SecretsManager> {
  const secrets = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
  onTestFinished(() => secrets.close());
  return secrets;
}

const spanNames = () => exporter.getFinishedSpans().map(({ name }) => name);

describe("the instrumentation", () => {
  test("is one that an SDK accepts", () => {
    const instrumentation: Instrumentation = instrument();
    expect(instrumentation.instrumentationName).toBe("@archestra/secrets-opentelemetry");
    expect(instrumentation.getConfig()).toEqual({ enabled: true, secretNames: false });
  });

  test("records nothing when it is created disabled or was disabled, and records once when it was enabled twice", async () => {
    const secrets = await openMemory();
    const instrumentation = instrument({ enabled: false });
    await secrets.get("a");
    expect(spanNames()).toEqual([]);
    instrumentation.enable();
    instrumentation.enable();
    await secrets.get("a");
    expect(spanNames()).toEqual(["secrets.get"]);
    instrumentation.disable();
    await secrets.get("a");
    expect(spanNames()).toEqual(["secrets.get"]);
  });

  test("uses the providers that are registered after it was created", async () => {
    const instrumentation = new SecretsInstrumentation();
    onTestFinished(() => instrumentation.disable());
    const secrets = await openMemory();
    await secrets.get("before");
    trace.setGlobalTracerProvider(provider);
    const metricExporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
    const reader = new PeriodicExportingMetricReader({ exporter: metricExporter });
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
    await secrets.get("after");
    await reader.forceFlush();

    expect(spanNames()).toEqual(["secrets.get"]);
    const exported = metricExporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics);
    const names = exported.flatMap((scope) => scope.metrics.map(({ descriptor }) => descriptor.name));
    expect(names).toContain("archestra.secrets.operation.duration");
  });

  test.each([
    [
      { secretName: true },
      "SecretsInstrumentation has no option `secretName`. Its options: enabled, secretNames.",
    ],
    [{ secretNames: "yes" }, "The option `secretNames` of SecretsInstrumentation must be true or false."],
    ["yes", "The configuration of SecretsInstrumentation must be an object."],
  ])("refuses the configuration %o", (config, message) => {
    expect(() => new SecretsInstrumentation(config as never)).toThrow(new TypeError(message));
    expect(() => instrument().setConfig(config as never)).toThrow(new TypeError(message));
  });

  test.each(["startSpan", "end"])(
    "fails no call and reports no uncaught exception when %s throws",
    async (member) => {
      const uncaught: unknown[] = [];
      const record = (error: unknown) => void uncaught.push(error);
      process.on("uncaughtException", record);
      onTestFinished(() => void process.off("uncaughtException", record));
      const reported: unknown[] = [];
      diag.setLogger({
        error: (message) => {
          reported.push(message);
          throw new Error("The logger failed.");
        },
        warn: () => {},
        info: () => {},
        debug: () => {},
        verbose: () => {},
      });
      const fail = () => {
        throw new Error("The tracer failed.");
      };
      const failing = {
        startSpan:
          member === "startSpan"
            ? fail
            : (name: string) => Object.assign(tracer.startSpan(name), { end: fail }),
      } as unknown as Tracer;
      const instrumentation = instrument();
      instrumentation.setTracerProvider({ getTracer: () => failing });
      const secrets = await openMemory();
      await secrets.create("a", { n: 1 });
      expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
      // Node reports what a subscriber throws on the next tick.
      await new Promise((resolve) => setImmediate(resolve));

      expect(uncaught).toEqual([]);
      expect(reported).toContain("@archestra/secrets-opentelemetry could not record an event.");
    },
  );
});

test("calls work without an SDK", async () => {
  const instrumentation = new SecretsInstrumentation();
  onTestFinished(() => instrumentation.disable());
  const secrets = await openMemory();
  await secrets.create("a", { n: 1 });
  expect((await secrets.get("a"))?.value).toEqual({ n: 1 });
});

describe("a span of", () => {
  const runs = {
    "a login in the background": () =>
      loginEvents.trace(
        () => ({ manager: "VAULT", isBackground: true }),
        async () => undefined,
      ),
    "a renewal": () =>
      renewalEvents.trace(
        () => ({ manager: "VAULT" }),
        async () => undefined,
      ),
    "a sweep in the background": () =>
      sweepEvents.trace(
        () => ({ manager: "DB", purpose: "rotate", isBackground: true }),
        async () => undefined,
      ),
    "a login that a call waits for": () =>
      loginEvents.trace(
        () => ({ manager: "VAULT", isBackground: false }),
        async () => undefined,
      ),
  };
  test.each([
    ["a login in the background", true],
    ["a renewal", true],
    ["a sweep in the background", true],
    ["a login that a call waits for", false],
  ] as const)("%s begins a trace of its own: %s", async (work, isRoot) => {
    instrument();
    await tracer.startActiveSpan("GET /", async (span) => {
      await runs[work]();
      span.end();
    });

    const [worked, root] = exporter.getFinishedSpans();
    expect([worked?.name, root?.name]).toEqual([expect.stringMatching(/^secrets\./), "GET /"]);
    expect(worked?.parentSpanContext?.spanId).toBe(isRoot ? undefined : root?.spanContext().spanId);
  });
});
