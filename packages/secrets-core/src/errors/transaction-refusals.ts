import { printableText } from "./printable-text.ts";
import { SecretsError } from "./secrets-error.ts";

/*
 * Errors of calls in a transaction of the application. The call changed nothing, and the transaction can continue. The
 * manager adds the call, its own id and the name of the secret.
 */

const REMEDY = "This call changed nothing. Call the manager itself, outside the transaction.";

/** UNSUPPORTED, reason NOT_IN_TRANSACTION. */
function notInTransaction(why: string, manager?: string): SecretsError {
  return new SecretsError("UNSUPPORTED", `${why} ${REMEDY}`, { reason: "NOT_IN_TRANSACTION", manager });
}

/** The backend does not implement `inTransaction`. */
export function noTransactions(manager: string): SecretsError {
  return notInTransaction(`${manager} cannot take part in a transaction of the application.`, manager);
}

/** Another manager owns the secret, or has a copy that a deletion removes. */
export function ownedOutside(owner: string): SecretsError {
  const why = `The manager ${printableText(owner)} has this secret or a copy of it, and cannot take part in a transaction of the database.`;
  return notInTransaction(why);
}

/** The secret has no entry, so only the selected manager knows whether it exists. */
export function unknownInTransaction(selected: string): SecretsError {
  const why = `The database has no record of this secret. ${selected} is selected and may have it, but cannot take part in a transaction of the database.`;
  return notInTransaction(why);
}

/** The secret would be created at the selected manager. */
export function createdOutside(selected: string): SecretsError {
  const why = `New secrets are stored at ${selected}, which is selected but cannot take part in a transaction of the database.`;
  return notInTransaction(why);
}

/** The selected manager may have secrets without an entry. */
export function listedOutside(selected: string): SecretsError {
  const why = `A list requires the secrets of ${selected}, which is selected but cannot take part in a transaction of the database.`;
  return notInTransaction(why);
}

/** A migration uses several transactions of its own. */
export function movedOutside(call: string): SecretsError {
  const why = `${call} uses several transactions of its own and cannot run in another.`;
  return new SecretsError("UNSUPPORTED", `${why} Pass the manager itself.`, {
    reason: "NOT_IN_TRANSACTION",
    operation: call,
  });
}

/**
 * CONFLICT, reason IN_TRANSITION: a change of several steps is in progress.
 *
 * @param state the state of the entry
 */
export function changedOutside(state?: string): SecretsError {
  const detail = state === undefined ? "" : ` (${printableText(state)})`;
  const message = `Another call is moving or deleting this secret${detail}, and a transaction does not wait for it. This call changed nothing. Roll the transaction back and repeat it.`;
  return new SecretsError("CONFLICT", message, { reason: "IN_TRANSITION" });
}
