/** What must happen before the first byte of a response leaves, before its last, and when that fails. */
export interface ResponseHooks<Result> extends EndHooks {
  /**
   * Called once, when the first byte is about to leave, with the status it will carry; `isWhole` says that the last byte leaves
   * with it. Nothing leaves while a promise is pending. After a rejection the response is discarded.
   */
  commit(status: number, isWhole: boolean): Result | Promise<Result>
  /**
   * Sets the headers that the commit asks for. Called right before the first byte leaves, and again after a wrapper that changes
   * the head at that moment, so that these headers win.
   */
  setHeaders(result: Result): void
  /** The commit failed and the handler's response was discarded before a byte of it was sent: another one can be sent. */
  onError(error: unknown): void
  /** Sets the headers of that other response, as `setHeaders` does. */
  setErrorHeaders?(error: unknown): void
  /** Sets the headers of a WebSocket handshake, whose head is asked for without a status and cannot wait. */
  setHandshakeHeaders?(): void
}

export interface EndHooks {
  /**
   * For a response that began before its end: called when the end is about to leave, and the end waits for a promise. After a
   * rejection the response is aborted, so that it cannot pass for complete.
   */
  beforeEnd?(): void | Promise<void>
  /** The response had begun, could not be completed, and was aborted. */
  onAborted?(error: unknown): void
}
