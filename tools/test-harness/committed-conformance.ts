import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";
import {
  type SummarizedDescription,
  type SummarizedReport,
  summarizeConformance,
} from "./conformance-summary.ts";

const folder = join(import.meta.dirname, "../../docs/conformance");

/** What is needed of `createSecretsManager`. */
type CreateManager<Plugin> = (options: {
  readonly plugins: readonly Plugin[];
  readonly manager: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly logger: { warn(): void };
}) => Promise<{ describe(): SummarizedDescription; close(): Promise<void> }>;

/** What is needed of a harness of the testkit. */
interface Harness<Plugin> {
  open(): Store<Plugin> | Promise<Store<Plugin>>;
}

interface Store<Plugin> {
  readonly plugins: readonly [Plugin, ...(readonly Plugin[])];
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly close?: (() => void | Promise<void>) | undefined;
}

/**
 * Fails when what a suite found about a backend is not what the docs say: `docs/conformance/<name>.json`. With
 * UPDATE_CONFORMANCE set it writes that file instead.
 */
export async function expectCommittedConformance<Plugin extends { readonly id: string }>(
  name: string,
  report: SummarizedReport,
  harness: Harness<Plugin>,
  create: CreateManager<Plugin>,
): Promise<void> {
  const summary = summarizeConformance(report, await describeBackend(harness, create));
  const file = join(folder, `${name}.json`);
  if (process.env.UPDATE_CONFORMANCE) {
    writeFileSync(file, `${JSON.stringify(summary, null, 2)}\n`);
    return;
  }
  const committed: unknown = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
  expect(
    committed,
    `docs/conformance/${name}.json is not what the suite found. Run \`npx --yes pnpm@12 write:conformance\` and read the difference`,
  ).toEqual(summary);
}

async function describeBackend<Plugin extends { readonly id: string }>(
  harness: Harness<Plugin>,
  create: CreateManager<Plugin>,
): Promise<SummarizedDescription> {
  const { plugins, env = {}, close } = await harness.open();
  try {
    const manager = await create({ plugins, manager: plugins[0].id, env, logger: { warn: () => {} } });
    try {
      return manager.describe();
    } finally {
      await manager.close();
    }
  } finally {
    await close?.();
  }
}
