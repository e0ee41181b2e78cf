import { SecretsInstrumentation } from "@archestra/secrets-opentelemetry";
import { NodeSDK } from "@opentelemetry/sdk-node";

const sdk = new NodeSDK({ instrumentations: [new SecretsInstrumentation()] });
sdk.start();
process.once("beforeExit", () => sdk.shutdown());
