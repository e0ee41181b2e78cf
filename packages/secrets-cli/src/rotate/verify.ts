import type { SurveyedRow, SurveyedState } from "@archestra/secrets-db";
import type { CommandContext } from "../program/command-context.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { openForRotation } from "./open.ts";

const EXCEPTIONS_SHOWN = 100;

const meanings: Readonly<Record<SurveyedState, string>> = {
  readable: "can be decrypted under the current key",
  "old-key": "can be decrypted under a previous key",
  "unknown-key": "under a key that the settings do not contain",
  plaintext: "not encrypted: the next start encrypts it",
  v1: "in the v1 format: the next start encrypts it",
  malformed: "not a value of this database",
  tampered: "changed, or moved from another row",
};

/** Decrypts every secret, and counts the states. */
export async function verify(context: CommandContext): Promise<number> {
  const { output, signal } = context;
  const rotation = await openForRotation(context);
  const { rows: total } = await rotation.status({ signal });
  const progress = output.progress("secrets");
  const states: Partial<Record<SurveyedState, number>> = {};
  const exceptions: SurveyedRow[] = [];
  let rows = 0;
  try {
    for await (const row of rotation.survey({ signal })) {
      rows++;
      states[row.state] = (states[row.state] ?? 0) + 1;
      if (row.state !== "readable" && exceptions.length < EXCEPTIONS_SHOWN) exceptions.push(row);
      progress.show({ done: rows, total: Math.max(rows, total) });
    }
  } finally {
    progress.end();
  }
  const verified = (states.readable ?? 0) === rows;
  output.result({ verified, rows, states, exceptions: exceptions.map((row) => ({ ...row })) }, (page) => {
    page.line(
      verified
        ? `All ${rows} secrets can be decrypted under the current key.`
        : `${rows - (states.readable ?? 0)} of ${rows} secrets are not readable under the current key.`,
    );
    if (verified) return;
    page.line();
    page.table(
      [{ title: "SECRETS", align: "right" }, { title: "STATE" }, { title: "MEANING" }],
      Object.entries(states).map(([state, count]) => [
        String(count),
        state,
        meanings[state as SurveyedState],
      ]),
    );
    page.line();
    page.table(
      [{ title: "NAME", atLeast: 20 }, { title: "STATE" }, { title: "KEY", atLeast: 12 }],
      exceptions.map(({ name, state, keyId }) => [name, state, keyId ?? "-"]),
    );
  });
  return verified ? exitCodes.success : exitCodes.failure;
}
