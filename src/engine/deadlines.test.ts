import { once } from 'node:events'
import { connect, createServer, type AddressInfo } from 'node:net'
import { setImmediate as nextRound } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { recordUnhandledRejections } from '../../test/support/record-unhandled-rejections.js'
import { Deadline, Deadlines } from './deadlines.js'

vi.mock(import('./timers.js'), () => import('../../test/support/timers/looked-up.js'))

// The last look before a deadline counts takes one more round of the event loop, which a fake clock counts as 1 ms.
const lastLook = 1

const late = (): Error => new Error('late')
function started(deadlines: Deadlines): Deadline {
  const deadline = new Deadline(deadlines.next(), late)
  deadlines.start(deadline)
  return deadline
}

const never = (): Promise<never> => new Promise(() => {})

/** Where a promise stands: what became of it so far. */
function watch(promise: Promise<unknown>): { state: string } {
  const watched = { state: 'pending' }
  promise.then(
    (value) => {
      watched.state = `resolved: ${String(value)}`
    },
    (error: unknown) => {
      watched.state = `rejected: ${(error as Error).message}`
    },
  )
  return watched
}

describe('a deadline', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('rejects what has not settled when it passes, and not before', async () => {
    const deadline = started(new Deadlines(1_000))
    const watched = watch(deadline.within(never()))
    await vi.advanceTimersByTimeAsync(999)
    expect(watched.state).toBe('pending')
    expect(deadline.hasPassed).toBe(false)
    await vi.advanceTimersByTimeAsync(1 + lastLook)
    expect(watched.state).toBe('rejected: late')
    expect(deadline.hasPassed).toBe(true)
  })

  it('hands on what comes in time, answers and errors', async () => {
    const deadline = started(new Deadlines(1_000))
    await expect(deadline.within(Promise.resolve('answer'))).resolves.toBe('answer')
    const failure = new Error('failed')
    await expect(deadline.within(Promise.reject(failure))).rejects.toBe(failure)
    await vi.advanceTimersByTimeAsync(2_000)
  })

  it('is one over all calls of an operation', async () => {
    const deadline = started(new Deadlines(1_000))
    const slow = (ms: number): Promise<string> =>
      new Promise((resolve) => {
        setTimeout(resolve, ms, 'answer')
      })
    const first = watch(deadline.within(slow(600)))
    await vi.advanceTimersByTimeAsync(600)
    expect(first.state).toBe('resolved: answer')
    const second = watch(deadline.within(slow(600)))
    await vi.advanceTimersByTimeAsync(399)
    expect(second.state).toBe('pending')
    await vi.advanceTimersByTimeAsync(1 + lastLook)
    expect(second.state).toBe('rejected: late')
    expect(first.state).toBe('resolved: answer')
  })

  it('rejects at once what is begun after it has passed', async () => {
    const deadline = started(new Deadlines(1_000))
    await vi.advanceTimersByTimeAsync(1_000 + lastLook)
    await expect(deadline.within(Promise.resolve('answer'))).rejects.toThrow('late')
  })

  it('ignores what comes later, and leaves no rejection unhandled', async () => {
    const unhandled = recordUnhandledRejections()
    const deadline = started(new Deadlines(1_000))
    let fail = (_error: Error): void => {}
    const pending = new Promise<never>((_, reject) => {
      fail = reject
    })
    const watched = watch(deadline.within(pending))
    await vi.advanceTimersByTimeAsync(1_000 + lastLook)
    const begunLate = watch(deadline.within(Promise.reject(new Error('failed too'))))
    fail(new Error('failed late'))
    vi.useRealTimers()
    await nextRound()
    await nextRound()
    expect([watched.state, begunLate.state]).toEqual(['rejected: late', 'rejected: late'])
    expect(unhandled).toEqual([])
  })

  it('of a finished operation never passes', async () => {
    const deadlines = new Deadlines(1_000)
    const finished = started(deadlines)
    const watched = watch(finished.within(never()))
    deadlines.finish(finished)
    await vi.advanceTimersByTimeAsync(5_000)
    expect(watched.state).toBe('pending')
    expect(finished.hasPassed).toBe(false)
  })
})

describe('deadlines', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('share one timer', async () => {
    const deadlines = new Deadlines(1_000)
    const running: Deadline[] = []
    for (let index = 0; index < 100; index++) {
      running.push(started(deadlines))
      await vi.advanceTimersByTimeAsync(5)
    }
    expect(vi.getTimerCount()).toBe(1)
    for (const deadline of running) deadlines.finish(deadline)
    await vi.advanceTimersByTimeAsync(1_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('pass in the order in which they were started, each at its own time', async () => {
    const deadlines = new Deadlines(1_000)
    const passed: string[] = []
    const start = (name: string) => {
      const deadline = started(deadlines)
      deadline.within(never()).catch(() => passed.push(`${name} at ${performance.now() - began - lastLook}`))
      return deadline
    }
    const began = performance.now()
    start('first')
    const finished = start('finished')
    await vi.advanceTimersByTimeAsync(300)
    start('second')
    start('third')
    await vi.advanceTimersByTimeAsync(300)
    deadlines.finish(finished)
    await vi.advanceTimersByTimeAsync(300)
    start('fourth')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(passed).toEqual(['first at 1000', 'second at 1300', 'third at 1300', 'fourth at 1900'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('start the timer again after a quiet time', async () => {
    const deadlines = new Deadlines(1_000)
    deadlines.finish(started(deadlines))
    await vi.advanceTimersByTimeAsync(10_000)
    expect(vi.getTimerCount()).toBe(0)
    const watched = watch(started(deadlines).within(never()))
    await vi.advanceTimersByTimeAsync(1_000 + lastLook)
    expect(watched.state).toBe('rejected: late')
  })
})

/** Does nothing for so long that every timer is due; nothing else of the process runs meanwhile. */
function stall(ms: number): void {
  const until = performance.now() + ms
  while (performance.now() < until);
}

describe('after the process itself stalled', () => {
  it('an answer that waits in the socket is read before its deadline counts', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    const [[peer]] = (await Promise.all([once(server, 'connection'), once(client, 'connect')])) as [
      [typeof client],
      unknown,
    ]
    try {
      const order: string[] = []
      const answer = once(client, 'data').then(() => {
        order.push('answer')
        return 'answer'
      })
      await nextRound()
      const deadline = started(new Deadlines(20))
      const race = deadline.within(answer)
      // What a plain timer would have done: it proves that the deadline's own timer was due before the answer was read.
      setTimeout(() => order.push('plain timer'), 20)
      peer.write('answer')
      stall(100)
      await expect(race).resolves.toBe('answer')
      expect(order).toEqual(['plain timer', 'answer'])
      expect(deadline.hasPassed).toBe(false)
    } finally {
      client.destroy()
      peer.destroy()
      server.close()
      await once(server, 'close')
    }
  })

  it('calls that were not sent yet are sent and answered before their deadline counts', async () => {
    const server = createServer((socket) => void socket.pipe(socket)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const client = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(client, 'connect')
    try {
      const deadline = started(new Deadlines(20))
      const race = deadline.within(once(client, 'data').then(([echo]) => String(echo)))
      setImmediate(() => client.write('question'))
      stall(100)
      await expect(race).resolves.toBe('question')
    } finally {
      client.destroy()
      server.close()
      await once(server, 'close')
    }
  })

  it('an answer that comes during a second stall is read before its deadline counts', async () => {
    let answer = (_text: string): void => {}
    const race = started(new Deadlines(20)).within(new Promise<string>((resolve) => (answer = resolve)))
    stall(100)
    // The second look is due when this is over; what comes in with the next round is read before it.
    setTimeout(() => {
      stall(200)
      setImmediate(answer, 'answer')
    }, 10)
    await expect(race).resolves.toBe('answer')
  })

  it('what has no answer even then is late', async () => {
    const race = started(new Deadlines(20)).within(never())
    const keepAlive = setInterval(() => {}, 1_000)
    stall(100)
    await expect(race).rejects.toThrow('late')
    clearInterval(keepAlive)
  })
})

describe('several calls of one operation at once', () => {
  it('are all bounded by its deadline', async () => {
    const deadlines = new Deadlines(20)
    const deadline = new Deadline(deadlines.next(), () => new Error('late'))
    deadlines.start(deadline)
    const never = new Promise<never>(() => {})
    const waits = [deadline.within(never), deadline.within(never), deadline.within(Promise.resolve('in time'))]
    const outcomes = await Promise.allSettled(waits)
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled'])
  })
})
