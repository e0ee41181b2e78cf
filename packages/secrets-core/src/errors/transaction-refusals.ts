import { printableText } from "./printable-text.ts";
import { SecretsError } from "./secrets-error.ts";

/*
 * What calls in a transaction of the application are refused with. Nothing was changed by them, and the transaction can go
 * on. The manager adds the call, its own id and the secret's name.
 */

const OUTSIDE = "Nothing was changed by this call. Call the manager itself, outside the transaction.";

/** UNSUPPORTED, reason NOT_IN_TRANSACTION. */
function notInTransaction(why: string, manager?: string): SecretsError {
  return new SecretsError("UNSUPPORTED", `${why} ${OUTSIDE}`, { reason: "NOT_IN_TRANSACTION", manager });
}

/** The backend declares no `inTransaction`. */
export function noTransactions(manager: string): SecretsError {
  return notInTransaction(`${manager} cannot take part in a transaction of the application.`, manager);
}

/** Another manager owns the secret, or holds a copy that a deletion removes. */
export function ownedOutside(owner: string): SecretsError {
  return notInTransaction(
    `The manager ${printableText(owner)} holds this secret or a copy of it, and cannot take part in a transaction of the database.`,
  );
}

/** There is no row, so the selected manager would have to be asked. */
export function unknownInTransaction(selected: string): SecretsError {
  return notInTransaction(
    `The database has no record of this secret. ${selected} is selected and may hold it, and cannot take part in a transaction of the database.`,
  );
}

/** The secret would be created at the selected manager. */
export function createdOutside(selected: string): SecretsError {
  return notInTransaction(
    `New secrets are stored at ${selected}, which is selected and cannot take part in a transaction of the database.`,
  );
}

/** The selected manager may hold secrets that the table does not know. */
export function listedOutside(selected: string): SecretsError {
  return notInTransaction(
    `A list needs the secrets of ${selected}, which is selected and cannot take part in a transaction of the database.`,
  );
}

/** A move of secrets takes several transactions of its own. */
export function movedOutside(call: string): SecretsError {
  const why = `${call} takes several transactions of its own, and cannot be part of one.`;
  return new SecretsError("UNSUPPORTED", `${why} Pass the manager itself.`, {
    reason: "NOT_IN_TRANSACTION",
    operation: call,
  });
}

/**
 * CONFLICT, reason IN_TRANSITION: a change of the secret that takes several steps is in progress.
 *
 * @param state the state of its row
 */
export function changedOutside(state?: string): SecretsError {
  const what = state === undefined ? "" : ` (${printableText(state)})`;
  return new SecretsError(
    "CONFLICT",
    `Another call is moving or deleting this secret${what}, and a transaction does not wait for it. Nothing was changed by this call. Roll the transaction back and repeat it.`,
    { reason: "IN_TRANSITION" },
  );
}
