/* Logs in by the chain of the AWS SDK, with the environment of this process, and prints what that fails with. */
import { isSecretsError } from "@archestra/secrets-core";
import { awsAuth } from "../../src/index.ts";

const settings = {
  role: "application",
  mountPoint: "aws",
  region: "us-east-1",
  endpoint: new URL("https://sts.amazonaws.com"),
  serverId: undefined,
  credentials: undefined,
};
const { signal } = new AbortController();
const context = { logger: { warn: () => {} }, strict: false, signal, purpose: "secrets" as const };
const method = await awsAuth().create(settings as never, context);
const send = () => Promise.reject(new Error("Nothing is to be sent."));
const error: unknown = await method.login(send, { signal }).catch((thrown: unknown) => thrown);
console.log(JSON.stringify(isSecretsError(error) ? error : { code: String(error) }));
