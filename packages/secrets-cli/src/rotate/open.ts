import { openRotation, type Rotation } from "@archestra/secrets-db";
import type { CommandContext } from "../program/command-context.ts";

/** Opens the database of the settings for a rotation. It is closed when the command ends. */
export async function openForRotation({ standalone, onEnd }: CommandContext): Promise<Rotation> {
  const rotation = await openRotation({}, standalone);
  onEnd(() => rotation.close());
  return rotation;
}
