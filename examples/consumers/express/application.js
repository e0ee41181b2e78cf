import { once } from "node:events";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import express from "express";

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
const application = express();
application.get("/token", async (_request, response) => {
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const secret = await secrets.get("github_token");
  response.type("text").send(secret?.value.token);
});

const server = application.listen(0);
await once(server, "listening");
const answer = await fetch(`http://localhost:${server.address().port}/token`);
console.log(await answer.text());
server.close();
server.closeAllConnections();
await secrets.close();
