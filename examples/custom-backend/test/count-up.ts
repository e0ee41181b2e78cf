/* A process of the test: counts up a secret so often as its argument says, on the environment that it has. */
import { createSecretsManager } from "@archestra/secrets-core";
import { filesPlugin } from "../src/index.ts";

const secrets = await createSecretsManager({ plugins: [filesPlugin()], manager: "FILES" });
for (let left = Number(process.argv[2]); left > 0; left--) {
  await secrets.update("counter", ({ count }) => ({ count: Number(count) + 1 }));
}
await secrets.close();
