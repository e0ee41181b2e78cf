import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
await secrets.set("github_token", { token: "ghp_not_a_real_token" });

// #region schema
import type { StandardSchema } from "@archestra/secrets-core";

// A schema of Zod, Valibot or ArkType works as well.
const tokenSchema: StandardSchema<unknown, { token: string }> = {
  "~standard": {
    version: 1,
    vendor: "example",
    validate: (value) => {
      const { token } = value as { token?: unknown };
      return typeof token === "string"
        ? { value: { token } }
        : { issues: [{ message: "no token", path: ["token"] }] };
    },
  },
};

const secret = await secrets.get("github_token", { schema: tokenSchema });
console.log(secret?.value.token.length); // typed: a string
// #endregion
await secrets.close();
