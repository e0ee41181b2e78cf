/*
 * What the sources of the AWS SDK's chain say when they give nothing: each in a process of its own, since the chain reads the
 * environment of the process.
 */
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, onTestFinished, test } from "vitest";
import { awsAuth } from "../src/index.ts";

const program = fileURLToPath(new URL("support/log-in-once.ts", import.meta.url));

interface Refusal {
  readonly code: string;
  readonly reason: string;
  readonly message: string;
  readonly retryable: boolean;
}

function homeOf(files: Readonly<Record<string, string>> = {}): string {
  const home = mkdtempSync(join(tmpdir(), "aws-home-"));
  onTestFinished(() => rmSync(home, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(join(home, name, ".."), { recursive: true });
    writeFileSync(join(home, name), content);
  }
  return home;
}

/** What a login with this environment fails with. */
async function refusal(env: Readonly<Record<string, string>>, home = homeOf()): Promise<Refusal> {
  const { stdout } = await promisify(execFile)(process.execPath, [program], {
    env: { PATH: process.env.PATH ?? "", HOME: home, AWS_EC2_METADATA_DISABLED: "true", ...env },
  });
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "null");
}

async function serverOf(status: number, type: string, body: string) {
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => {
    requests.push(request);
    response.writeHead(status, { "content-type": type }).end(body);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests };
}

const webIdentity = (endpoint: string, file: string) => ({
  AWS_REGION: "eu-west-1",
  AWS_ENDPOINT_URL_STS: endpoint,
  AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/application",
  AWS_WEB_IDENTITY_TOKEN_FILE: file,
});

const errorOfSts = (code: string) =>
  `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>hunter2</Message></Error><RequestId>1</RequestId></ErrorResponse>`;

test("no source is NO_CREDENTIALS", async () => {
  expect(await refusal({})).toMatchObject({ code: "UNAUTHENTICATED", reason: "NO_CREDENTIALS" });
});

test("an STS that cannot be reached, by its address or its name, is a temporary failure", async () => {
  const home = homeOf({ token: "a.web.identity" });
  for (const [endpoint, code] of [
    ["http://127.0.0.1:1", "ECONNREFUSED"],
    ["http://sts.invalid", "ENOTFOUND"],
  ] as const) {
    const error = await refusal(webIdentity(endpoint, join(home, "token")), home);
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "CREDENTIALS_UNAVAILABLE", retryable: true });
    // A resolver without a network says that it cannot look the name up now.
    expect(error.message).toMatch(new RegExp(`${code}|EAI_AGAIN`));
  }
});

test("an STS that fails is a temporary failure, and one that refuses is not", async () => {
  const home = homeOf({ token: "a.web.identity" });
  const failing = await serverOf(500, "text/xml", errorOfSts("InternalFailure"));
  expect(await refusal(webIdentity(failing.url, join(home, "token")), home)).toMatchObject({
    code: "UNAVAILABLE",
    reason: "CREDENTIALS_UNAVAILABLE",
  });
  const refusing = await serverOf(403, "text/xml", errorOfSts("AccessDenied"));
  const error = await refusal(webIdentity(refusing.url, join(home, "token")), home);
  expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "CREDENTIALS_REFUSED", retryable: false });
  expect(error.message).toContain("AccessDenied");
  expect(error.message).not.toContain("hunter2");
});

test("a web identity whose file is missing is reported as such", async () => {
  const error = await refusal(webIdentity("http://127.0.0.1:1", "/nowhere/token"));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "CREDENTIALS_UNREADABLE" });
  expect(error.message).toContain("ENOENT");
});

test("a container endpoint that cannot be reached or fails is a temporary failure, and one that refuses is not", async () => {
  const endpoint = (url: string) => ({ AWS_CONTAINER_CREDENTIALS_FULL_URI: `${url}/credentials` });
  const passing = { code: "UNAVAILABLE", reason: "CREDENTIALS_UNAVAILABLE", retryable: true };
  const failing = await serverOf(500, "application/json", "{}");
  const refusing = await serverOf(403, "application/json", "{}");
  const urls = ["http://127.0.0.1:1", failing.url, refusing.url];
  const [unreachable, failed, refused] = await Promise.all(urls.map((url) => refusal(endpoint(url))));
  expect(unreachable).toMatchObject(passing);
  expect(failed).toMatchObject(passing);
  expect(refused).toMatchObject({
    code: "UNAUTHENTICATED",
    reason: "CREDENTIALS_REFUSED",
    retryable: false,
  });
});

test("an SSO session that has expired, or was never opened, names the command with the profile", async () => {
  const config = `[profile shop]
sso_session = company
sso_account_id = 123456789012
sso_role_name = shop
region = eu-west-1
[sso-session company]
sso_start_url = https://example.awsapps.com/start
sso_region = eu-west-1
`;
  const cache = join(".aws/sso/cache", `${createHash("sha1").update("company").digest("hex")}.json`);
  const expired = JSON.stringify({ accessToken: "hunter2", expiresAt: "2020-01-01T00:00:00Z" });
  for (const files of [{}, { [cache]: expired }]) {
    const error = await refusal({ AWS_PROFILE: "shop" }, homeOf({ ".aws/config": config, ...files }));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "SSO_EXPIRED", retryable: false });
    expect(error.message).toContain("`aws sso login --profile shop`");
    expect(error.message).not.toContain("hunter2");
  }
});

test("the region of the signature is not that of the chain, which has its own", async () => {
  const { url, requests } = await serverOf(403, "text/xml", errorOfSts("AccessDenied"));
  const config = `[profile shop]
role_arn = arn:aws:iam::123456789012:role/shop
credential_source = Environment
`;
  await refusal(
    {
      AWS_REGION: "eu-west-1",
      AWS_PROFILE: "shop",
      AWS_ENDPOINT_URL_STS: url,
      AWS_ACCESS_KEY_ID: "AKIAIOSFODNN7EXAMPLE",
      AWS_SECRET_ACCESS_KEY: "not-a-real-secret-access-key",
    },
    homeOf({ ".aws/config": config }),
  );
  expect(requests[0]?.headers.authorization).toContain("/eu-west-1/sts/");
});

test("a provider of the application that times out, or whose name server fails, is a temporary failure", async () => {
  const context = {
    logger: { warn: () => {} },
    strict: false,
    signal: new AbortController().signal,
    purpose: "secrets" as const,
  };
  const errors = [
    Object.assign(new Error("hunter2"), { name: "TimeoutError" }),
    Object.assign(new Error("hunter2"), { code: "EAI_AGAIN" }),
    new Error("hunter2", { cause: Object.assign(new Error("hunter2"), { code: "ETIMEDOUT" }) }),
  ];
  for (const thrown of errors) {
    const settings = { role: "a", mountPoint: "aws", region: "us-east-1", serverId: undefined };
    const endpoint = new URL("https://sts.amazonaws.com");
    const credentials = () => Promise.reject(thrown);
    const method = await awsAuth().create({ ...settings, endpoint, credentials } as never, context);
    const send = () => Promise.reject(new Error("Nothing is to be sent."));
    const error = await method.login(send, context).catch((failure: unknown) => failure as Refusal);
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "CREDENTIALS_UNAVAILABLE", retryable: true });
    expect((error as Refusal).message).not.toContain("hunter2");
  }
});
