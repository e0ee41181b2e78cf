import { Redacted } from "./redaction.ts";
import type { Secret, SecretInfo, SecretVersion } from "./secret.ts";

/** A secret as a manager returns it: only `secret.value` gives the value. */
export class RedactedSecret<Value> extends Redacted<Value> implements Secret<Value> {
  readonly name: string;
  readonly manager: string;
  declare readonly version?: SecretVersion;
  declare readonly createdAt?: Date;
  declare readonly updatedAt?: Date;

  static {
    Object.defineProperty(this, "name", { value: "Secret" });
  }

  constructor(info: SecretInfo, value: Value) {
    super(value);
    this.name = info.name;
    this.manager = info.manager;
    if (info.version !== undefined) this.version = info.version;
    if (info.createdAt !== undefined) this.createdAt = info.createdAt;
    if (info.updatedAt !== undefined) this.updatedAt = info.updatedAt;
    Object.freeze(this);
  }
}
