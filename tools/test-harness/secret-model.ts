import type { Answer, Asked, SeenSecret } from "./recorded-operation.ts";

/** What one name holds. */
export type SecretState = "absent" | SeenSecret;

/** What a store that does one thing at a time answers, and what it holds then. */
export interface ModelStep {
  readonly answer: Answer;
  readonly state: SecretState;
}

/**
 * The contract of one secret, for one operation at a time.
 *
 * @param version what the store gives when it writes
 * @returns undefined when the operation cannot have come to this state: its function saw another value
 */
export function stepOfModel(state: SecretState, asked: Asked, version: string): ModelStep | undefined {
  const refuse = (code: "ALREADY_EXISTS" | "NOT_FOUND" | "CONFLICT"): ModelStep => ({
    answer: { is: "refused", code },
    state,
  });
  const write = (value: string): ModelStep => ({
    answer: { is: "written", version },
    state: { version, value },
  });
  const isOther = (ifVersion: string | undefined) =>
    state !== "absent" && ifVersion !== undefined && ifVersion !== state.version;

  switch (asked.call) {
    case "create":
      return state === "absent" ? write(asked.value) : refuse("ALREADY_EXISTS");
    case "set":
      return write(asked.value);
    case "update":
      if (state === "absent") return refuse("NOT_FOUND");
      return isOther(asked.ifVersion) ? refuse("CONFLICT") : write(asked.value);
    case "updateBy":
      if (state === "absent") return refuse("NOT_FOUND");
      if (isOther(asked.ifVersion)) return refuse("CONFLICT");
      return asked.lastRun?.saw === state.value ? write(asked.lastRun.gave) : undefined;
    case "refresh": {
      if (state === "absent") return refuse("NOT_FOUND");
      const { lastRun } = asked;
      if (lastRun === undefined) return { answer: { is: "read", secret: state }, state };
      if (lastRun.saw !== state.value) return undefined;
      const secret = { version, value: lastRun.gave };
      return { answer: { is: "refreshed", ...secret }, state: secret };
    }
    case "delete":
      if (isOther(asked.ifVersion)) return refuse("CONFLICT");
      return { answer: { is: "deleted", existed: state !== "absent" }, state: "absent" };
    case "get":
      return { answer: { is: "read", secret: state === "absent" ? undefined : state }, state };
    case "has":
      return { answer: { is: "asked", exists: state !== "absent" }, state };
  }
}
