/*
 * An application in a process of its own: opens a manager by its environment, writes and reads, and then takes the steps in
 * its arguments. It never ends its process.
 */
import { createSecretsManager } from "@archestra/secrets-core";
import { tokenAuth } from "@archestra/vault-auth-token";
import { vaultPlugin } from "../../src/index.ts";
import { appRoleAuth } from "./app-role-auth.ts";

const manager = await createSecretsManager({ plugins: [vaultPlugin(), tokenAuth(), appRoleAuth()] });
await manager.set("a", { token: "1" });
await Promise.all(Array.from({ length: 10 }, () => manager.get("a")));
for (const step of process.argv.slice(2)) {
  if (step === "close") await manager.close();
  // Standard output is a pipe of the process itself.
  if (step === "resources") {
    const own = ["PipeWrap", "TTYWrap"];
    console.log(JSON.stringify(process.getActiveResourcesInfo().filter((name) => !own.includes(name))));
  }
}
