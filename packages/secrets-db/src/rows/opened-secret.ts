import { SecretsError } from "@archestra/secrets-core";
import type { StoredSecret } from "@archestra/secrets-core/plugin";
import type { KeyRing } from "../encryption/key-ring.ts";
import { missingKey } from "../encryption/missing-key.ts";
import { openRowValue } from "./row-value.ts";
import { rowInfo, type SecretRow } from "./secret-row.ts";

/**
 * The secret of a row that is one of ours and there.
 *
 * @param ring undefined: this process has no key
 * @throws SecretsError INVALID_VALUE, reason VALUE_MISSING, for a row without a value; INVALID_CONFIGURATION, reason
 * KEY_MISSING, without a ring; what `openRowValue` throws
 */
export function openSecret(
  row: Omit<SecretRow, "manager" | "state">,
  ring: KeyRing | undefined,
  exactNumbers?: boolean,
): StoredSecret {
  if (row.value === null) {
    throw new SecretsError("INVALID_VALUE", "The row of the secret holds no value. Set it anew.", {
      reason: "VALUE_MISSING",
    });
  }
  if (ring === undefined) throw missingKey();
  return { ...rowInfo(row), value: openRowValue(row, row.value, ring, exactNumbers) };
}
