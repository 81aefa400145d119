// A process that stores many sessions, and opens them again, as requests do but without HTTP.
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'
import { answerWith, heapBytes } from './answer.mjs'
import { dataOf } from './data.mjs'
import { connect, openNative } from './libraries.mjs'
import { userOf, writers } from './records.mjs'

const atOnce = 200
const cookieLength = 'session='.length + 55

/** Stores `count` sessions. With `file`, their cookies go there, one a line. Says what is left on the heap of each session. */
async function write({ ports, form, bytes, count, file }) {
  const client = await connect(ports)
  const writeOne = writers[form](client)
  const output = file === undefined ? undefined : openSync(file, 'w')
  const retained = await retainedBy(count, async (first, last) => {
    const cookies = await Promise.all(numbersFrom(first, last).map((number) => writeOne(number, bytes)))
    if (output !== undefined) writeSync(output, `${cookies.join('\n')}\n`)
  })
  if (output !== undefined) closeSync(output)
  await client.close()
  return retained
}

/** Opens all sessions of a file once, and says how many were what was written, and what is left of each on the heap. */
async function read({ ports, bytes, count, file }) {
  const client = await connect(ports)
  const sessions = openNative(client)
  const cookies = readFileSync(file)
  const cookieOf = (number) => {
    const start = number * (cookieLength + 1)
    return cookies.toString('latin1', start, start + cookieLength)
  }
  let right = 0
  const retained = await retainedBy(count, async (first, last) => {
    const visits = numbersFrom(first, last).map(async (number) => {
      const { session, commit } = await sessions.open(cookieOf(number))
      if (session.userId === userOf(number) && session.data.token === dataOf(bytes, number).token) right += 1
      await commit()
    })
    await Promise.all(visits)
  })
  await client.close()
  return { ...retained, right }
}

/** Works through the numbers below `count`, and compares the heap after it with that after the first tenth. */
async function retainedBy(count, work) {
  let base = 0
  const warm = Math.ceil(count / 10 / atOnce) * atOnce
  for (let first = 0; first < count; first += atOnce) {
    await work(first, Math.min(first + atOnce, count))
    if (first + atOnce === warm) base = await heapBytes()
  }
  return { retainedBytes: ((await heapBytes()) - base) / (count - warm) }
}

const numbersFrom = (first, last) => Array.from({ length: last - first }, (_, index) => first + index)

answerWith({ write, read })
process.send({ answer: 'ready' })
