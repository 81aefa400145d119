// How a program here is asked for something: `{ question, argument }` comes, `{ answer }` goes back.

/** Answers questions with the function of that name, one after the other, until the process that asks is gone. */
export function answerWith(functions) {
  const answer = async ({ question, argument }) => process.send({ answer: await functions[question](argument) })
  process.on('message', (message) => void answer(message))
  process.once('disconnect', () => process.exit())
}

/** What lives on the heap, in bytes. Collects garbage first: needs `--expose-gc`. */
export async function heapBytes() {
  for (let turn = 0; turn < 3; turn += 1) {
    global.gc()
    await new Promise((resolve) => setImmediate(resolve))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
