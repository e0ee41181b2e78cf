import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

try {
  await createSecretsManager({ plugins: [dbPlugin({ url: "postgres://user@127.0.0.1:1/database" })] });
} catch (error) {
  console.log(error.code, error.reason, error.message);
}
