// #region memory
import { createSecretsManager } from "@archestra/secrets-core";
import { memoryPlugin } from "@archestra/secrets-core/memory";

const secrets = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
await secrets.set("github_token", { token: "ghp_not_a_real_token" });
// #endregion
await secrets.close();

// #region store
import { MemoryStore } from "@archestra/secrets-core/memory";

const store = new MemoryStore();
const open = () => createSecretsManager({ plugins: [memoryPlugin({ store })], manager: "MEMORY", env: {} });
const first = await open();
const second = await open(); // sees the writes of the first one
await first.set("github_token", { token: "ghp_not_a_real_token" });
console.log(await second.has("github_token")); // true
console.log(store.find("github_token")?.value); // for assertions: the stored value
// #endregion
await Promise.all([first.close(), second.close()]);
