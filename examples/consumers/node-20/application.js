import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

try {
  await createSecretsManager({ plugins: [dbPlugin()] });
} catch (error) {
  console.log(error.code, error.reason, error.message);
}
