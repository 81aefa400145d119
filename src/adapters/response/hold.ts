/** What is to be done before a response leaves. */
export interface Hold<Result> {
  /**
   * Called once, when the first byte is about to leave, with the status that it will carry, and whether the whole answer leaves
   * with it. While a promise is pending nothing leaves; a rejection means that this answer is not given.
   */
  commit(status: number, whole: boolean): Result | Promise<Result>
  /**
   * Puts on the response what the commit asks for. Called right before the first byte leaves; again after others who then changed
   * the head, so that it has the last word.
   */
  apply(result: Result): void
  /**
   * For an answer that began before its end: called when the end is about to leave, which waits for a promise. A rejection means
   * that the answer must not pass as complete: its connection is cut.
   */
  finish?(): void | Promise<void>
  /** The commit failed, nothing was sent, and what the handler had answered was taken back: another answer can be given. */
  onError(error: unknown): void
  /** Puts on that other answer what it needs, like `apply`. */
  applyToError?(error: unknown): void
  /** The answer had begun, could not be completed, and its connection was cut. */
  onCut?(error: unknown): void
  /** For the head of a handshake, which is asked for without a status and cannot wait. */
  putAtOnce?(): void
}
