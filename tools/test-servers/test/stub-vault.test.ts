import { request } from "node:http";
import { expect, onTestFinished, test } from "vitest";
import { startStubVault } from "../stub-vault.ts";

test("a stub answers in the order of its script, and records each request unchanged", async () => {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  stub.script(
    "GET",
    "/v1/a",
    { status: 412, body: { errors: ["required index state not present"] } },
    { status: 404 },
  );
  stub.script("POST", "/v1//b/../c", { status: 307, headers: { location: "http://other.test/" } });
  const [first, second] = [await fetch(`${stub.address}/v1/a`), await fetch(`${stub.address}/v1/a`)];
  expect([first.status, await first.json()]).toEqual([412, { errors: ["required index state not present"] }]);
  expect([second.status, await second.text()]).toEqual([404, ""]);
  const status = await new Promise((resolve) =>
    request(stub.address, { method: "POST", path: "/v1//b/../c" }, (answer) =>
      resolve([answer.resume().statusCode, answer.headers.location]),
    ).end("body"),
  );
  expect(status).toEqual([307, "http://other.test/"]);
  expect(stub.requests.at(-1)).toMatchObject({ line: "POST /v1//b/../c HTTP/1.1", body: "body" });
  expect((await fetch(`${stub.address}/v1/unknown`)).status).toBe(599);
});
