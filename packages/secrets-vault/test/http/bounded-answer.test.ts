import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { plantedText } from "@archestra/test-harness/planted-values";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { startAnswers } from "../support/stubbed-vault.ts";

const MIB = 1024 * 1024;

test("an answer without end is aborted, and its received part is dropped", async () => {
  let sent = 0;
  const server = createServer((request, response) => {
    const scripted = startAnswers[`${request.method} ${request.url}`];
    if (scripted !== undefined || request.url === "/v1/sys/health") {
      response.writeHead(scripted?.status ?? 200);
      response.end(JSON.stringify(scripted?.body ?? {}));
      return;
    }
    const chunk = Buffer.alloc(MIB, " ");
    const sendMore = () => {
      while (!response.destroyed) {
        sent += chunk.length;
        if (!response.write(chunk)) break;
      }
    };
    response.writeHead(200, { "content-type": "application/json" });
    response.on("drain", sendMore);
    sendMore();
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const manager = await openVault(vaultEnv(`http://127.0.0.1:${port}`, tokenEnv(plantedText())));
  const error = await failure(manager.get("a"));
  expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "ANSWER_TOO_LARGE", false]);
  // One attempt, and what the buffers of the sockets hold beyond it.
  expect(sent).toBeLessThan(100 * MIB);
});
