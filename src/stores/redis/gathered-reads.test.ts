import { describe, expect, it } from 'vitest'
import { RecordMismatchError, StoreRefusedError, StoreUnavailableError } from '../../errors.js'
import { gatherReads, type Read } from './gathered-reads.js'

/** What was sent together, in turn; `read` settles with the key in capitals unless `answer` throws. */
function gathering(writesLater: boolean, answer: (key: string) => unknown = (key) => key.toUpperCase()) {
  const sent: string[][] = []
  const settle = (read: Read): void => {
    try {
      read.resolve(answer(read.key))
    } catch (error) {
      read.reject(error)
    }
  }
  const read = gatherReads({
    writesLater,
    valueOf: (reply) => reply,
    readFirst(read) {
      sent.push([read.key])
      setImmediate(() => settle(read))
    },
    readRest(reads) {
      sent.push(reads.map(({ key }) => key))
      setImmediate(() => reads.forEach(settle))
    },
    turnBegins: () => void sent.push(['begin']),
    turnEnded: () => void sent.push(['end']),
  })
  return { read, sent }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe.each([false, true])('reads of one turn, with a client that writes later: %s,', (writesLater) => {
  it('are sent together, but the first at once', async () => {
    const { read, sent } = gathering(writesLater)
    const reads = ['a', 'b', 'c'].map(read)
    expect(sent).toEqual([['begin'], ['a']])
    expect(await Promise.all(reads)).toEqual(['A', 'B', 'C'])
    expect(sent).toEqual([['begin'], ['a'], ['b', 'c'], ['end']])
  })

  it('that is alone is sent at once, and the next turn begins anew', async () => {
    const { read, sent } = gathering(writesLater)
    expect(await read('a')).toBe('A')
    expect(await read('a')).toBe('A')
    expect(sent).toEqual([['begin'], ['a'], ['end'], ['begin'], ['a'], ['end']])
  })

  it('that ask for the same key share a command', async () => {
    const { read, sent } = gathering(writesLater)
    expect(await Promise.all(['a', 'b', 'b', 'c', 'b'].map(read))).toEqual(['A', 'B', 'B', 'C', 'B'])
    expect(sent).toEqual([['begin'], ['a'], ['b', 'c'], ['end']])
  })

  it('reject one by one, each reader with an error of its own', async () => {
    const { read } = gathering(writesLater, (key) => {
      if (key === 'bad') throw new StoreUnavailableError('away', undefined, 'silent')
      return key
    })
    const [first, ...rest] = await Promise.allSettled(['a', 'bad', 'bad', 'b', 'bad'].map(read))
    expect([first, rest[2]]).toMatchObject([{ value: 'a' }, { value: 'b' }])
    const reasons = [0, 1, 3].map((index) => (rest[index] as PromiseRejectedResult).reason as unknown)
    for (const reason of reasons) expect(reason).toMatchObject({ message: 'away', reason: 'silent' })
    expect(new Set(reasons).size).toBe(3)
  })
})

it('a key asked for again is read again if its first command may have reached the server', async () => {
  const { read, sent } = gathering(false)
  await Promise.all(['a', 'a', 'a'].map(read))
  expect(sent).toEqual([['begin'], ['a'], ['a'], ['end']])
})

it('a key asked for again is not read again if its first command is still with the client', async () => {
  const { read, sent } = gathering(true)
  await Promise.all(['a', 'a', 'a'].map(read))
  expect(sent).toEqual([['begin'], ['a'], ['end']])
})

it('a key that is asked for while a reply is on its way is read again', async () => {
  const { read, sent } = gathering(true)
  const earlier = read('a')
  await turn()
  await Promise.all([earlier, read('a')])
  expect(sent.flat().filter((key) => key === 'a')).toHaveLength(2)
})

it.each([new StoreRefusedError('no'), new RecordMismatchError(), new StoreUnavailableError('away')])(
  'readers of one key reject with the same code: %s',
  async (error) => {
    const { read } = gathering(true, () => {
      throw error
    })
    for (const result of await Promise.allSettled(['a', 'a'].map(read)))
      expect((result as PromiseRejectedResult).reason).toMatchObject({ code: error.code, message: error.message })
  },
)
