export { SecretsInstrumentation, type SecretsInstrumentationConfig } from "./secrets-instrumentation.ts";
