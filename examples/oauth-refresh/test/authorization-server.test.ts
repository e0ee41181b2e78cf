import { expect, onTestFinished, test } from "vitest";
import { RunningServer } from "../src/running-server.ts";
import { TokenEndpoint } from "../src/token-endpoint.ts";

test("the authorization server revokes the whole grant when a refresh token is used twice", async () => {
  const server = await start(true);
  const endpoint = await TokenEndpoint.discover(server.issuer);
  const first = await server.login();
  const second = await endpoint.exchange(first);
  expect(second.refresh_token).not.toBe(first.refresh_token);
  expect(await callResource(server, second.access_token)).toBe(200);

  const ended = { code: "REFRESH_FAILED", reason: "GRANT_ENDED" };
  await expect(endpoint.exchange(first)).rejects.toMatchObject(ended);
  await server.until(() => server.revokedGrants === 1);
  await expect(endpoint.exchange(second)).rejects.toMatchObject(ended);
  expect(await callResource(server, second.access_token)).toBe(401);
  expect(server).toMatchObject({ reusedTokens: 1, refreshes: { length: 1 } });
});

test("the resource refuses an access token that has expired", async () => {
  const server = await start(true);
  const { access_token: token } = await server.login();
  const issuedAt = Date.now();
  expect(await callResource(server, token)).toBe(200);
  await expect.poll(() => callResource(server, token), { timeout: 60_000 }).toBe(401);
  expect(Date.now() - issuedAt).toBeGreaterThan(900);
});

test("without rotation, a refresh token can be used again", async () => {
  const server = await start(false);
  const endpoint = await TokenEndpoint.discover(server.issuer);
  const first = await server.login();
  const second = await endpoint.exchange(first);
  const third = await endpoint.exchange(first);
  expect(third.refresh_token).toBe(first.refresh_token);
  expect(third.access_token).not.toBe(second.access_token);
  expect(server.revokedGrants).toBe(0);
});

async function start(rotates: boolean): Promise<RunningServer> {
  const server = await RunningServer.start({ accessTokenSeconds: 1, answerDelay: 0, rotates });
  onTestFinished(() => server.kill());
  return server;
}

async function callResource(server: RunningServer, token: string): Promise<number> {
  const headers = { authorization: `Bearer ${token}` };
  return (await fetch(`${server.issuer}/resource`, { headers })).status;
}
