/*
 * What a server of one node never shows: positions of several forms, those of Vault Enterprise, and standbys that refuse
 * until they have caught up. A stub does.
 */

import { plantedText } from "@archestra/test-harness/planted-values";
import type { StubAnswer, StubRequest } from "@archestra/test-servers/stub-vault";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const value = { token: plantedText() };
const path = "/v1/secret/data/archestra/a";
const created_time = "2026-01-02T03:04:05.6Z";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const openBao = (position: string, cluster = "c1") => base64(JSON.stringify({ cluster, value: position }));
const plain = (position: string, cluster = "c1") => `${cluster}:${position}`;
const enterprise = (local: number, replicated: number) => base64(`v1:c1:${local}:${replicated}:abcdef`);

const read = (index?: string): StubAnswer => ({
  status: 200,
  headers: index === undefined ? {} : { "x-vault-index": index },
  body: {
    data: { data: value, metadata: { version: 1, created_time, deletion_time: "", destroyed: false } },
  },
});

/** Lets a manager read `a` once for each answer, and once more. Gives the headers of the last request. */
async function headersAfter(...indexes: readonly [string, ...string[]]): Promise<StubRequest["headers"]> {
  const stub = await stubbedVault();
  const [first, ...more] = indexes;
  stub.script("GET", path, read(first), ...more.map(read), read());
  const manager = await openOnStub(stub);
  for (let n = 0; n <= indexes.length; n++) await manager.get("a");
  return stub.requests.findLast((request) => request.path === path)?.headers ?? {};
}

test("a request sends no index while no answer had one (stub)", async () => {
  const stub = await stubbedVault();
  stub.script("GET", path, read());
  const manager = await openOnStub(stub);
  await manager.get("a");
  await manager.has("a");
  for (const { headers } of stub.requests)
    expect(Object.keys(headers)).not.toContainEqual(expect.stringMatching(/^x-vault-(index|incon|forw)/));
});

test.each([
  ["OpenBao 2.7 on raft", openBao("10"), openBao("9"), openBao("10")],
  ["OpenBao 2.7 on PostgreSQL", openBao("1/A0"), openBao("0/FFFFFFFF"), openBao("1/A0")],
  ["OpenBao as text", plain("10"), plain("9"), plain("10")],
  ["OpenBao as text on PostgreSQL", plain("1/A0"), plain("0/FFFFFFFF"), plain("1/A0")],
  ["Vault Enterprise", enterprise(10, 10), enterprise(9, 10), enterprise(10, 10)],
  ["another cluster, by its own counter", openBao("10"), openBao("9", "c2"), openBao("9", "c2")],
  ["a form that is not known, which is followed as it comes", "b!", "a!", "a!"],
])("the highest index is sent back: %s (stub)", async (_form, first, second, expected) => {
  const headers = await headersAfter(first, second);
  expect(headers["x-vault-index"]).toBe(expected);
  expect(headers["x-vault-inconsistent"]).toBe("forward-active-node");
});

test("two positions of Vault Enterprise of which none is newer are both sent back (stub)", async () => {
  const [one, other] = [enterprise(10, 3), enterprise(2, 9)];
  expect((await headersAfter(one, other))["x-vault-index"]).toBe(`${one}, ${other}`);
  expect((await headersAfter(one, other, enterprise(10, 9)))["x-vault-index"]).toBe(enterprise(10, 9));
});

test.each([
  ["OpenBao 2.7", openBao("10"), openBao("9223372036854775807"), undefined],
  ["OpenBao 2.7 on PostgreSQL", openBao("1/A0"), openBao("7FFFFFFF/FFFFFFFF"), undefined],
  ["OpenBao as text", plain("10"), plain("9223372036854775807"), undefined],
  ["Vault Enterprise, which signs it", enterprise(10, 10), enterprise(10, 10), "active-node"],
])(
  "a read for a decision can be answered only by the leader: %s (stub)",
  async (_form, index, sent, forward) => {
    const stub = await stubbedVault();
    stub.script("GET", path, read(index));
    const manager = await openOnStub(stub);
    await manager.get("a");
    expect(await manager.has("a")).toBe(true);
    const { headers } = stub.requests.at(-1) ?? {};
    expect([headers?.["x-vault-index"], headers?.["x-vault-forward"]]).toEqual([sent, forward]);
    await manager.get("a");
    expect(stub.requests.at(-1)?.headers["x-vault-index"]).toBe(index);
  },
);

const notThereYet: readonly [string, StubAnswer][] = [
  ["412 of Vault Enterprise", { status: 412, body: { errors: ["required index state not present"] } }],
  ["412 without a word", { status: 412, body: { errors: [] } }],
  ["429 of OpenBao", { status: 429, headers: { "retry-after": "0" }, body: { errors: [] } }],
];

test.each(notThereYet)(
  "a node that is not there yet, with %s, is asked again (stub)",
  async (_kind, answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, answer, read());
    const manager = await openOnStub(stub);
    expect((await manager.get("a"))?.value).toEqual(value);
  },
);

test.each(notThereYet)(
  "a node that never gets there, with %s, is UNAVAILABLE and never absence (stub)",
  async (_kind, answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, answer);
    const manager = await openOnStub(stub, { timeout: 10_000 });
    for (const call of [() => manager.get("a"), () => manager.delete("a")]) {
      const { code, reason, retryable } = await failure(call());
      expect([code, reason, retryable]).toEqual(["UNAVAILABLE", "STATE_NOT_PRESENT", true]);
    }
  },
);

test("an index that the server cannot read any more is dropped, and the request repeated (stub)", async () => {
  const stub = await stubbedVault();
  const refusal = { status: 400, body: { errors: ['failed to decode "X-Vault-Index"'] } };
  stub.script("GET", path, read("c1:1"), refusal, read());
  const manager = await openOnStub(stub);
  await manager.get("a");
  expect((await manager.get("a"))?.value).toEqual(value);
  expect(stub.requests.at(-1)?.headers["x-vault-index"]).toBeUndefined();
});
