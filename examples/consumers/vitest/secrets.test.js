import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { expect, test } from "vitest";

test("a secret is read back from the database", async () => {
  const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  expect((await secrets.get("github_token"))?.value.token).toBe("ghp_not_a_real_token");
  await secrets.close();
});
