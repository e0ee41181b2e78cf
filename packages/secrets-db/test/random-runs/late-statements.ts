import { AsyncLocalStorage } from "node:async_hooks";
import { DatabaseSync } from "node:sqlite";
import pg from "pg";
import { onTestFinished } from "vitest";

interface WatchedCall {
  readonly what: string;
  readonly owner: LateStatements;
  /** Absent: it has not ended yet. */
  ended?: { readonly at: number; readonly how: string };
}

const calls = new AsyncLocalStorage<WatchedCall>();
const change = /^\s*(insert into|update|delete from)\b/i;

/**
 * Sees which statements this process sends for which call, and keeps those that change something and were sent after their
 * call had ended: whatever the caller received, by then it knew the whole of it.
 */
export class LateStatements {
  /** In words, one a statement. */
  readonly late: string[] = [];

  async watch<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
    const watched: WatchedCall = { what, owner: this };
    let how = "a result";
    try {
      return await calls.run(watched, call);
    } catch (error) {
      how = String((error as { code?: unknown }).code);
      throw error;
    } finally {
      watched.ended = { at: performance.now(), how };
    }
  }
}

/** Until the test ends, the statements of this process are seen, whatever pool or connection they go through. */
export function seeStatements(): void {
  const { query } = pg.Client.prototype;
  pg.Client.prototype.query = function (this: pg.Client, ...parameters: unknown[]) {
    const [statement] = parameters;
    see(
      typeof statement === "string" ? statement : String((statement as { text?: unknown } | undefined)?.text),
    );
    return (query as (...parameters: unknown[]) => unknown).apply(this, parameters);
  } as never;
  const { prepare } = DatabaseSync.prototype;
  DatabaseSync.prototype.prepare = function (sql) {
    const statement = prepare.call(this, sql);
    for (const method of ["run", "all"] as const) {
      const run = statement[method].bind(statement) as (...parameters: never[]) => never;
      statement[method] = (...parameters: never[]) => {
        const result = run(...parameters);
        // One that found the lock taken has thrown: it has changed nothing, and may be repeated.
        see(sql);
        return result;
      };
    }
    return statement;
  };
  onTestFinished(() => {
    pg.Client.prototype.query = query;
    DatabaseSync.prototype.prepare = prepare;
  });
}

function see(sql: string): void {
  const call = calls.getStore();
  if (call?.ended === undefined || !change.test(sql)) return;
  const { what, ended, owner } = call;
  const after = Math.round(performance.now() - ended.at);
  owner.late.push(
    `\`${sql.slice(0, 40)}…\` was sent ${after} ms after the call ${what} had ended with ${ended.how}`,
  );
}
