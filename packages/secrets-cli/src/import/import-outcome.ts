/** What became of one secret. */
export type ImportOutcome =
  | { readonly outcome: "imported" | "unchanged" }
  | {
      readonly outcome: "skipped" | "failed";
      /** Stable, for programs. */
      readonly reason: string;
      /** What it means and what to do. Never a value. */
      readonly message: string;
    };

/** A secret that can be imported. */
export interface ImportItem {
  /** The name of the secret, or what identifies it at its source. */
  readonly name: string;
  /** Imports it. In a dry run it only finds out what would happen. */
  apply(): Promise<ImportOutcome>;
}

/** Where secrets are imported from. */
export interface ImportSource {
  /** Undefined: it is not known before the end. */
  readonly total?: number | undefined;
  items(): AsyncIterable<ImportItem> | Iterable<ImportItem>;
  /** What is found out after the last item. */
  end?(): Promise<readonly (ImportOutcome & { readonly name: string })[]>;
}

export const imported: ImportOutcome = { outcome: "imported" };
export const unchanged: ImportOutcome = { outcome: "unchanged" };

export function skipped(reason: string, message: string): ImportOutcome {
  return { outcome: "skipped", reason, message };
}

export function failed(reason: string, message: string): ImportOutcome {
  return { outcome: "failed", reason, message };
}
