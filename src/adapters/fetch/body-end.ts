/** The same response; calls `onEnd` once when all of its body has been sent, its reader has left, or it failed. */
export function atBodyEnd(response: Response, onEnd: () => void): Response {
  const body = response.body as ReadableStream<Uint8Array> | null
  if (body !== null) return new Response(atStreamEnd(body, onEnd), response)
  onEnd()
  return response
}

/** As `atBodyEnd`, for a stream that becomes a body. */
export function atStreamEnd<Chunk>(stream: ReadableStream<Chunk>, onEnd: () => void): ReadableStream<Chunk> {
  const reader = stream.getReader()
  return new ReadableStream<Chunk>({
    async pull(controller) {
      try {
        const { done, value } = await reader.read()
        if (!done) return controller.enqueue(value)
        controller.close()
      } catch (error) {
        controller.error(error)
      }
      onEnd()
    },
    cancel(reason) {
      onEnd()
      return reader.cancel(reason)
    },
  })
}
