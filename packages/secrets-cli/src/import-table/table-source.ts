import { existsSync } from "node:fs";
import { assertSecretName } from "@archestra/secrets-core/plugin";
import { type ArchestraRow, type ArchestraTable, openArchestraTable } from "@archestra/secrets-db";
import type { ImportOptions } from "../commands/import.ts";
import { type ImportItem, type ImportOutcome, type ImportSource, skipped } from "../import/import-outcome.ts";
import type { CommandContext } from "../program/command-context.ts";
import { UsageError } from "../program/usage-error.ts";
import { ArchestraVault } from "./archestra-vault.ts";
import { ImportMemory } from "./import-memory.ts";
import { type ImportTarget, importRow } from "./import-row.ts";

/** The variable that names the source, since a URL with a password must not be an argument. */
const SOURCE_URL = "ARCHESTRA_SOURCE_DATABASE_URL";

/** Opens Archestra's table as the source of an import. */
export async function openTableSource(
  context: CommandContext,
  options: ImportOptions,
  table: string,
): Promise<ImportSource> {
  const { env, logger, signal, onEnd } = context;
  const { dryRun = false, names, prefix, state } = options;
  const url = await readUrl(context, options.fromUrl);
  const source = await openArchestraTable(table, { url }, { env, logger, signal });
  onEnd(() => source.close());
  const manager = await context.openManager();
  const memory = new ImportMemory(dryRun && !existsSync(state) ? undefined : state, dryRun);
  onEnd(async () => memory[Symbol.dispose]());
  const target: ImportTarget = { manager, memory, dryRun, signal };
  const vault = new ArchestraVault(context);
  const isSamePath = names === "name-id" && prefix === "" && manager.describe().manager === "VAULT";
  return {
    total: await source.count({ signal }),
    items: () => items(),
    end: async () =>
      memory.unseen().map((name) => ({
        name,
        ...skipped(
          "DELETED_AT_SOURCE",
          "The row of the secret was deleted after it was imported. The secret was kept. Delete it with `archestra-secrets delete` if no application needs it.",
        ),
      })),
  };

  async function* items(): AsyncGenerator<ImportItem> {
    for await (const row of source.rows({ signal })) {
      const name = prefix + (names === "id" ? row.id : `${row.name}-${row.id}`);
      yield { name, apply: () => importOne(row, name) };
    }
  }

  async function importOne(row: ArchestraRow, name: string): Promise<ImportOutcome> {
    memory.see(row.id);
    assertSecretName(name);
    const { content } = row;
    switch (content.kind) {
      case "failed":
        throw content.error;
      case "external":
        return skipped(
          "EXTERNAL_PATH",
          "The row refers to a path of Vault that belongs to another team and is only read. It is not copied. Read it with `archestra-secrets run` as vault:path#key.",
        );
      case "value":
        return await importRow(target, name, sourceValue(source, row, content.value));
      case "vault": {
        if (isSamePath) {
          return skipped(
            "SAME_PATH",
            "The secret would be stored at the path from which the old application reads it, in another form. Use --names id, or --prefix.",
          );
        }
        const value = await vault.get(`${row.name}-${row.id}`);
        if (value !== undefined) return await importRow(target, name, sourceValue(source, row, value));
        return skipped("DANGLING_REFERENCE", "The row refers to Vault, and Vault has no such secret.");
      }
    }
  }
}

function sourceValue(
  source: ArchestraTable,
  { id, updatedAt }: ArchestraRow,
  value: Parameters<ArchestraTable["fingerprint"]>[0],
) {
  return { id, value, fingerprint: source.fingerprint(value), updatedAt };
}

async function readUrl({ env, input }: CommandContext, fromUrl: string | undefined): Promise<string> {
  const url = fromUrl === "-" ? (await input.standardInput()).trim() : (fromUrl ?? env[SOURCE_URL]);
  if (url !== undefined && /^postgres(ql)?:/i.test(url)) return url;
  if (url !== undefined && url !== "") {
    throw new UsageError(
      "The URL of the table's database is not one of PostgreSQL, which Archestra uses. Its form is postgres://user:password@host/database.",
    );
  }
  throw new UsageError(
    `The database of the table is missing. Set ${SOURCE_URL}, or pass --from-url - and the URL on standard input.`,
  );
}
