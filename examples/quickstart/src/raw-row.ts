import { DatabaseSync } from "node:sqlite";

const LINE_CHARACTERS = 68;
const SHOWN_LINES = 8;

/** The stored columns of a row, one on each line, without those that are NULL. */
export function rawRow(databaseFile: string, name: string): string {
  const database = new DatabaseSync(databaseFile, { readOnly: true });
  try {
    const row = database.prepare("SELECT * FROM archestra_secrets WHERE name = ?").get(name) ?? {};
    return Object.entries(row)
      .filter(([, content]) => content !== null)
      .map(([column, content]) => `${column.padEnd(10)} ${wrap(String(content))}`)
      .join("\n");
  } finally {
    database.close();
  }
}

function wrap(text: string): string {
  const lines = text.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, "gsu")) ?? [];
  const shown = lines.slice(0, SHOWN_LINES);
  if (lines.length > SHOWN_LINES) shown.push(`… (${text.length} characters)`);
  return shown.join(`\n${" ".repeat(11)}`);
}
