import { randomBytes } from "node:crypto";
import { createSecretsManager } from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import { expectCommittedConformance } from "@archestra/test-harness/committed-conformance";
import { afterAll, describe, expect, test } from "vitest";
import {
  type BackendHarness,
  type ConformanceReport,
  runBackendSuite,
  runOwnershipStoreSuite,
} from "../src/index.ts";
import { testBackend, testOwnershipStore, testPlugin } from "../src/vitest.ts";
import { advanceUncompared } from "./broken/advance-uncompared.ts";
import { claimOverwrites } from "./broken/claim-overwrites.ts";
import { refreshedUnfenced } from "./broken/refreshed-unfenced.ts";
import { refreshedVersionKept } from "./broken/refreshed-version-kept.ts";
import { refreshingUnread } from "./broken/refreshing-unread.ts";
import { renewalWithoutEffect } from "./broken/renewal-without-effect.ts";
import { secretOfOtherServed } from "./broken/secret-of-other-served.ts";
import { transitionIdComparedAlone } from "./broken/transition-id-compared-alone.ts";
import { transitionsByState } from "./broken/transitions-by-state.ts";
import { valueKeptAfterFinalizing } from "./broken/value-kept-after-finalizing.ts";
import { versionRepeatedByMove } from "./broken/version-repeated-by-move.ts";
import { encrypted } from "./support/encrypted.ts";
import { memoryHarness } from "./support/memory-harness.ts";
import { remoteHarness, type WrapBackend } from "./support/remote-harness.ts";
import { openMemory } from "./support/remote-memory.ts";
import { VirtualClock } from "./support/virtual-clock.ts";

const memory = testBackend({ name: "memory", harness: memoryHarness });
const remote = testBackend({ name: "memory behind a network", harness: remoteHarness() });
testPlugin({ name: "MEMORY", harness: { plugin: memoryPlugin, accepted: {} } });
const ownership = testOwnershipStore({ name: "memory", harness: memoryHarness });

const namesWith = (report: ConformanceReport, status: string) =>
  report.cases.filter((result) => result.status === status).map(({ group, name }) => `${group}: ${name}`);

const versionHistory = [
  "versions: history: versions are listed once each, the newest first, which is the one that get returns",
  "versions: history: a name that was never written has no versions",
  "versions: history: a deleted secret has no present version, and a new one of its name has one",
  "versions: history: no version holds its value",
  "versions: history: every client lists a version as soon as its write has ended",
  "versions: history: each name has versions of its own",
];

const unencrypted = [
  "redaction: the stored form hides the value",
  "redaction: equal values have stored forms that have nothing in common",
];

afterAll(async () => {
  expect(namesWith(memory.report(), "gap")).toEqual([]);
  const reasons = memory
    .report()
    .cases.flatMap(({ status, reason }) => (status === "cannot-happen" ? [reason] : []));
  expect(new Set(reasons)).toEqual(
    new Set(["The store is in the memory of the process: no request can fail."]),
  );
  expect(namesWith(memory.report(), "unsupported")).toEqual([
    "names: path: different names have different paths",
    "names: path: every client returns the same path for a name, also while the store is unavailable",
    "names: path: the same name has different paths in two stores",
    ...versionHistory,
    "lifecycle: open: a client continues with a credential that was replaced in its file",
    "lifecycle: open: a credential whose file is missing is INVALID_CONFIGURATION until it is there again",
    "errors: an unknown error is not classified as a known one",
    ...unencrypted,
  ]);
  expect(namesWith(remote.report(), "gap")).toEqual([]);
  expect(namesWith(remote.report(), "unsupported")).toEqual(unencrypted);
  for (const report of [memory.report(), remote.report(), ownership.report()]) {
    expect(report.complete).toBe(true);
    expect(report.summary.failed).toBe(0);
  }
  await expectCommittedConformance("memory", memory.report(), memoryHarness, createSecretsManager);
});

const brokenTables = {
  advanceUncompared,
  claimOverwrites,
  transitionIdComparedAlone,
  refreshedUnfenced,
  refreshedVersionKept,
  refreshingUnread,
  renewalWithoutEffect,
  secretOfOtherServed,
  transitionsByState,
  valueKeptAfterFinalizing,
  versionRepeatedByMove,
};

describe("a broken ownership table fails exactly the cases about the fault", () => {
  test.each(Object.entries(brokenTables))("%s", async (name, { wrap, fails }) => {
    const harness: BackendHarness = {
      open() {
        const store = new MemoryStore();
        const create = async () =>
          wrap(await openMemory(store), store, new VirtualClock(), { token: async () => "" });
        return { plugins: [Object.create(memoryPlugin(), { create: { value: create } })] };
      },
    };
    const { cases } = await runOwnershipStoreSuite({ name, harness });
    const failed = cases.filter(({ status }) => status === "failed");
    expect(failed.map((result) => `${result.group}: ${result.name}`)).toEqual(fails);
  });
});

describe("a backend without an ownership table", () => {
  test("is unsupported by every case of the suite of ownership stores", async () => {
    const report = await runOwnershipStoreSuite({ name: "remote", harness: remoteHarness() });
    expect(report.summary).toEqual({
      passed: 0,
      failed: 0,
      gap: 0,
      "cannot-happen": 0,
      unsupported: report.cases.length,
    });
  });
});

test("a backend that encrypts what it stores passes the cases of stored forms", async () => {
  const wrap: WrapBackend = (inner) => encrypted(inner, () => randomBytes(12));
  const harness = remoteHarness(wrap, undefined, true);
  const { summary } = await runBackendSuite({ name: "encrypted", harness, groups: ["values", "redaction"] });
  expect(summary).toMatchObject({ failed: 0, gap: 0, unsupported: 0 });
});

describe("a harness that can do nothing but open", () => {
  test("leaves gaps where a case needs more, and passes none", async () => {
    const harness = { open: async () => ({ plugins: (await memoryHarness.open()).plugins }) };
    const [bare, full] = [
      await runBackendSuite({ name: "bare", harness, groups: ["existence", "listing"] }),
      await runBackendSuite({ name: "full", harness: memoryHarness, groups: ["existence", "listing"] }),
    ];
    expect(full.summary.gap).toBe(0);
    expect(namesWith(bare, "gap")).toEqual([
      "existence: a deleted secret leaves nothing in the store",
      "existence: getMany returns the other secrets when one cannot be read",
      "listing: an entry whose name violates the grammar is not listed, and is counted by check",
      "listing: a secret that cannot be read is listed with the others",
    ]);
    expect(bare.summary.passed + bare.summary.gap).toBe(full.summary.passed);
  });
});
