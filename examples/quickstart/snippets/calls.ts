import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });

// #region create-and-get
await secrets.create("github_token", { token: "ghp_not_a_real_token" }); // ALREADY_EXISTS when the name is taken
await secrets.set("team-a/slack", { token: "xoxb-not-a-real-token" }); // creates or replaces

const secret = await secrets.get("github_token");
if (secret === undefined) throw new Error("The secret does not exist; this is proven.");
console.log(secret); // name, manager, version and times; never the value
console.log(Object.keys(secret.value));
// #endregion

// #region get-many
const answers = await secrets.getMany(["github_token", "team-a/slack", "unknown"]);
for (const [name, answer] of answers) {
  if (answer.status === "found") console.log(name, Object.keys(answer.secret.value));
  else if (answer.status === "absent") console.log(name, "does not exist");
  else console.log(name, answer.error.code);
}
// #endregion

// #region update
await secrets.update("github_token", { token: "ghp_another" }); // NOT_FOUND when it does not exist
await secrets.update("github_token", (current) => ({ token: String(current.token), note: "checked" }));
// #endregion

// #region versions
const read = await secrets.get("github_token");
const replacement = { token: "ghp_a_third_one" };
if (read?.version !== undefined) {
  // CONFLICT when the secret was written, deleted or created again since it was read.
  await secrets.update("github_token", replacement, { ifVersion: read.version });
}
// #endregion

// #region list
for await (const { name, manager, updatedAt } of secrets.list({ prefix: "team-a/" })) {
  console.log(name, manager, updatedAt);
}

const page: string[] = [];
for await (const { name } of secrets.list({ limit: 100 })) page.push(name);
for await (const { name } of secrets.list({ after: page.at(-1), limit: 100 })) console.log(name);

// One level: the secrets directly in a folder, and the folders in it.
for await (const entry of secrets.list({ prefix: "team-a/", folders: true })) {
  console.log("isFolder" in entry ? "folder" : "secret", entry.name);
}
// #endregion

// #region check
const { status, problems } = await secrets.check(); // for a health endpoint
console.log(status, problems);
console.log((await secrets.check({ count: true })).count);
// #endregion

// #region delete
console.log(await secrets.has("github_token")); // true, without decrypting
console.log(await secrets.delete("github_token")); // true: it existed
console.log(await secrets.delete("github_token")); // false: it did not exist
// #endregion

// #region close
await secrets.close(); // refuses new calls, waits for calls in progress, closes the database
// #endregion
