/** A change was sent, and its answer was awaited for as long as its caller could wait. */
export class LostAnswerError extends Error {
  override readonly name = "LostAnswerError";

  constructor() {
    super("The database did not answer a change in time.");
  }
}

/** A read was sent on a connection that may be frozen. It can be repeated on another one. */
export class UnansweredReadError extends Error {
  override readonly name = "UnansweredReadError";

  constructor() {
    super("The database did not answer a read in time.");
  }
}
