import { randomBytes } from "node:crypto";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const before = await createSecretsManager({ plugins: [dbPlugin()] });
await before.set("github_token", { token: "ghp_not_a_real_token" });
await before.close();
process.env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET = randomBytes(36).toString("base64");

// #region rotate
import { openRotation } from "@archestra/secrets-db";

// The variables of the application after the second rollout.
const rotation = await openRotation();
const report = await rotation.sweep({
  onProgress: ({ remaining, rowsPerSecond }) => console.log(remaining, "to do,", rowsPerSecond, "a second"),
});
const { next } = await rotation.status();
console.log(report.done, next.action, next.instruction);
if (next.action === "retire" && next.keyId !== undefined) {
  // Only after the last process with this current key has ended.
  const { verified } = await rotation.verify();
  if (verified) await rotation.retire(next.keyId);
}
// #endregion

// #region survey
for await (const { name, state, keyId } of rotation.survey()) {
  if (state !== "readable") console.log(JSON.stringify({ name, state, keyId }));
}
await rotation.close();
// #endregion
