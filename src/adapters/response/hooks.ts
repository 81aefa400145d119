/** What to do before the first byte of a response is sent, before its last, and when that fails. */
export interface ResponseHooks<Result> extends EndHooks {
  /**
   * Called once, before the first byte is sent, with the status of the response; `isWhole` says that the last byte is sent with it.
   * Nothing is sent while a promise is pending. After a rejection the response is discarded.
   */
  commit(status: number, isWhole: boolean): Result | Promise<Result>
  /**
   * Sets the headers that the commit asks for. Called right before the first byte is sent, and again after a wrapper that changes
   * the head at that moment, so that these headers win.
   */
  setHeaders(result: Result): void
  /** The commit failed, and the handler's response was discarded before a byte of it was sent. Another one can be sent. */
  onError(error: unknown): void
  /** Sets the headers of that other response, as `setHeaders` does. */
  setErrorHeaders?(error: unknown): void
  /** Sets the headers of a WebSocket handshake, whose head is written without a status and cannot wait. */
  setHandshakeHeaders?(): void
}

export interface EndHooks {
  /**
   * For a response that began before its end: called before the end is sent, and the end waits for a promise. After a
   * rejection the response is aborted, so that it cannot pass for complete.
   */
  beforeEnd?(): void | Promise<void>
  /** The response had begun, could not be completed, and was aborted. */
  onAborted?(error: unknown): void
}
