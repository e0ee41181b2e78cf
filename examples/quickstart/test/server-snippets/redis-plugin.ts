/* Defines `redisPlugin`, which stands for a plugin of the application: it stores secrets in memory, and has one. */
import { createSecretsManager } from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";

const store = new MemoryStore();
const redisPlugin = () => memoryPlugin({ store });
const secrets = await createSecretsManager({ plugins: [redisPlugin()], manager: "MEMORY", env: {} });
await secrets.set("github_token", { token: "only-for-this-test" });
await secrets.close();
Object.assign(globalThis, { redisPlugin });
