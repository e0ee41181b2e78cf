import type { KeyStatus, RotationStep } from "@archestra/secrets-db";
import { shellCommand } from "../output/shell-quote.ts";
import type { CommandContext } from "../program/command-context.ts";
import { openForRotation } from "./open.ts";

/** Shows the keys, and the next step. */
export async function showStatus(context: CommandContext): Promise<void> {
  const { output, signal, settingsOptions } = context;
  const rotation = await openForRotation(context);
  const { rows, unencrypted, keyProven, keys, next } = await rotation.status({ signal });
  const command = commandOf(next, settingsOptions);
  output.result(
    {
      rows,
      unencrypted,
      keyProven,
      keys: keys.map(
        ({ keyId, rows, inRing, current, registeredLast, registeredAt, sweepDoneAt, retiredAt }) => ({
          keyId,
          rows,
          inRing,
          current,
          registeredLast,
          ...(registeredAt === undefined ? {} : { registeredAt: registeredAt.toISOString() }),
          ...(sweepDoneAt === undefined ? {} : { sweepDoneAt: sweepDoneAt.toISOString() }),
          ...(retiredAt === undefined ? {} : { retiredAt: retiredAt.toISOString() }),
        }),
      ),
      next: { ...next, ...(command === undefined ? {} : { command }) },
    },
    (page) => {
      page.table(
        [
          { title: "KEY", atLeast: 16 },
          { title: "SECRETS", align: "right" },
          { title: "STATE" },
          { title: "REGISTERED" },
        ],
        keys.map((key) => [
          key.keyId,
          String(key.rows),
          stateOf(key),
          key.registeredAt?.toISOString().slice(0, 10) ?? "-",
        ]),
      );
      if (unencrypted > 0) page.line(`${unencrypted} secrets are not encrypted.`);
      page.line();
      page.heading(next.action === "none" ? "No next step" : "Next step");
      for (const line of next.instruction.split("\n")) page.line(line);
      if (command !== undefined) page.exact(`  ${command}`);
    },
  );
}

function stateOf({ current, inRing, registeredAt, retiredAt, registeredLast }: KeyStatus): string {
  if (retiredAt !== undefined) return inRing ? "retired, still in the settings" : "retired";
  const states = [
    current ? "current" : inRing ? "previous" : "not in the settings",
    ...(registeredAt === undefined ? ["not registered"] : []),
    ...(registeredLast && !current ? ["registered last"] : []),
  ];
  return states.join(", ");
}

function commandOf(
  { action, keyId = "" }: RotationStep,
  settingsOptions: readonly string[],
): string | undefined {
  const program = ["archestra-secrets", ...settingsOptions];
  if (action === "sweep") return shellCommand(...program, "rotate", "sweep");
  // The id of a key can begin with a hyphen, which would make it an option.
  if (action === "retire") return shellCommand(...program, "rotate", "retire", "--", keyId);
  return undefined;
}
