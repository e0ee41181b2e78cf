import type { StoredInfo } from "@archestra/secrets-core/plugin";
import { StrangeAnswer } from "./redis-error.ts";

/** The version of an entry that this plugin did not write: it is listed, so that it can be deleted. */
const DAMAGED = "damaged";

/** The information about a secret, from the fields of its hash. Times that are not numbers are left out. */
export function infoOf(
  name: string,
  version: string | null | undefined,
  created: string | null | undefined,
  updated: string | null | undefined,
): StoredInfo {
  const [createdAt, updatedAt] = [timeOf(created), timeOf(updated)];
  return {
    name,
    version: version || DAMAGED,
    ...(createdAt && { createdAt }),
    ...(updatedAt && { updatedAt }),
  };
}

/** @throws StrangeAnswer unless the answer is an array of texts and nulls */
export function textsOf(answer: unknown): (string | null)[] {
  const isRight =
    Array.isArray(answer) && answer.every((entry) => entry === null || typeof entry === "string");
  if (!isRight) throw new StrangeAnswer();
  return answer;
}

/** @throws StrangeAnswer unless the answer is one of these */
export function oneOf<Answer>(answer: unknown, answers: readonly Answer[]): Answer {
  const found = answers.find((candidate) => candidate === answer);
  if (found === undefined) throw new StrangeAnswer();
  return found;
}

function timeOf(text: string | null | undefined): Date | undefined {
  const time = new Date(/^\d{1,15}$/.test(text ?? "") ? Number(text) : Number.NaN);
  return Number.isNaN(time.getTime()) ? undefined : time;
}
