import {
  type Meter,
  type MeterProvider,
  metrics,
  type Tracer,
  type TracerProvider,
  trace,
} from "@opentelemetry/api";
import { Measurements } from "./measurements.ts";
import { Subscription, type Telemetry } from "./subscription.ts";
import { tracedSubjects } from "./traced-subjects.ts";
import { VERSION } from "./version.ts";

const NAME = "@archestra/secrets-opentelemetry";

/** The configuration of {@link SecretsInstrumentation}. */
export interface SecretsInstrumentationConfig {
  /** Whether it is enabled when it is created. @default true */
  enabled?: boolean;
  /**
   * Whether spans contain the names of secrets: as the attribute `archestra.secrets.name`, and in the message of a failure.
   * Metrics never do. @default false
   */
  secretNames?: boolean;
}

/**
 * Records spans and metrics of all managers of the process. It implements the interface `Instrumentation` of
 * `@opentelemetry/instrumentation`: pass it to `instrumentations` of an SDK, or create it after the SDK was started.
 *
 * It loads no plugin and changes no module, so it can be created before or after `@archestra/secrets-core` is imported.
 *
 * @example
 * new NodeSDK({ instrumentations: [new SecretsInstrumentation()] }).start();
 */
export class SecretsInstrumentation {
  /** The name of the scope of its spans and metrics. */
  readonly instrumentationName: string = NAME;
  /** The version of this package. */
  readonly instrumentationVersion: string = VERSION;
  #config: SecretsInstrumentationConfig;
  #subscriptions: readonly Subscription<never>[] = [];
  #tracer: Tracer = trace.getTracer(NAME, VERSION);
  /** Absent: the global one, which may be registered later. */
  #meterProvider: MeterProvider | undefined;
  #measured: { readonly provider: MeterProvider; readonly measurements: Measurements } | undefined;

  /**
   * Creates the instrumentation, and enables it unless `enabled` is false.
   *
   * @throws TypeError for an unknown option, or one that is not a boolean
   */
  constructor(config: SecretsInstrumentationConfig = {}) {
    this.#config = checkedConfig(config);
    if (this.#config.enabled) this.enable();
  }

  /** Begins to record. Calls in progress are not recorded. */
  enable(): void {
    if (this.#subscriptions.length > 0) return;
    this.#subscriptions = tracedSubjects.map((traced) => new Subscription(traced, () => this.#telemetry()));
  }

  /** Ends recording. The spans of calls in progress do not end. */
  disable(): void {
    for (const subscription of this.#subscriptions) subscription.end();
    this.#subscriptions = [];
  }

  /** Sets the provider of spans. An SDK calls it. @default the global provider */
  setTracerProvider(provider: TracerProvider): void {
    this.#tracer = provider.getTracer(NAME, VERSION);
  }

  /** Sets the provider of metrics. An SDK calls it. @default the global provider */
  setMeterProvider(provider: MeterProvider): void {
    this.#meterProvider = provider;
  }

  /**
   * Replaces the configuration. `enabled` has an effect only in the constructor: call `enable` or `disable`.
   *
   * @throws TypeError as the constructor does
   */
  setConfig(config: SecretsInstrumentationConfig): void {
    this.#config = checkedConfig(config);
  }

  /** Returns the configuration, with its defaults. */
  getConfig(): SecretsInstrumentationConfig {
    return this.#config;
  }

  #telemetry(): Telemetry {
    return {
      tracer: this.#tracer,
      measurements: this.#measurements(),
      secretNames: this.#config.secretNames === true,
    };
  }

  /** The API has no meters that begin to work when a provider is registered, as it has tracers. */
  #measurements(): Measurements {
    const provider = this.#meterProvider ?? metrics.getMeterProvider();
    if (this.#measured?.provider !== provider) {
      const meter: Meter = provider.getMeter(NAME, VERSION);
      this.#measured = { provider, measurements: new Measurements(meter) };
    }
    return this.#measured.measurements;
  }
}

function checkedConfig(config: SecretsInstrumentationConfig): SecretsInstrumentationConfig {
  if (typeof config !== "object" || config === null)
    throw new TypeError("The configuration of SecretsInstrumentation must be an object.");
  const known = ["enabled", "secretNames"];
  for (const [option, value] of Object.entries(config)) {
    if (!known.includes(option)) {
      throw new TypeError(
        `SecretsInstrumentation has no option \`${option}\`. Its options: ${known.join(", ")}.`,
      );
    }
    if (value !== undefined && typeof value !== "boolean")
      throw new TypeError(`The option \`${option}\` of SecretsInstrumentation must be true or false.`);
  }
  const { enabled = true, secretNames = false } = config;
  return { enabled, secretNames };
}
