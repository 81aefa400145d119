import { describe, expect, it } from 'vitest'
import { serverClock } from './server-clock.js'

/** A clock under test, whose server answers when the test says so. */
function createClock() {
  const local = {
    time: 1_000_000,
    elapsed: 0,
    pass(ms: number) {
      local.time += ms
      local.elapsed += ms
    },
  }
  const questions: PromiseWithResolvers<unknown>[] = []
  const clock = serverClock(
    () => {
      const question = withResolvers()
      questions.push(question)
      return question.promise
    },
    { now: () => local.time, monotonic: () => local.elapsed },
  )
  return { clock, local, questions }
}

/** One whose server has said 5,000 seconds. */
async function createReadyClock() {
  const created = createClock()
  created.clock.refresh()
  created.questions[0]?.resolve(['5000', '0'])
  await created.clock.ready()
  return created
}

describe('the server clock', () => {
  it('is the local one until the server has answered, and then the server’s', async () => {
    const { clock, local, questions } = createClock()
    const ready = clock.ready()
    expect(clock.now()).toBe(1_000_000)
    questions[0]?.resolve(['5000', '123999'])
    await ready
    expect(clock.now()).toBe(5_000_123)
    local.pass(50)
    expect(clock.now()).toBe(5_000_173)
  })

  it('asks once, however many wait', async () => {
    const { clock, questions } = createClock()
    clock.refresh()
    clock.refresh()
    const ready = Promise.all([clock.ready(), clock.ready()])
    questions[0]?.resolve(['5000', '0'])
    await ready
    await clock.ready()
    expect(questions).toHaveLength(1)
  })

  it('asks again with the first refresh after a minute, and keeps the old answer until then', async () => {
    const { clock, local, questions } = await createReadyClock()
    local.pass(59_999)
    clock.refresh()
    expect(questions).toHaveLength(1)
    local.pass(1)
    clock.refresh()
    expect(questions).toHaveLength(2)
    expect(clock.now()).toBe(5_060_000)
    questions[1]?.resolve(['6000', '0'])
    await questions[1]?.promise
    expect(clock.now()).toBe(6_000_000)
  })

  it.each([3_600_000, -3_600_000, 1000, -1000])(
    'goes on as before when the local one steps by %d ms, and asks again at once',
    async (step) => {
      const { clock, local, questions } = await createReadyClock()
      local.pass(100)
      local.time += step
      expect(clock.now()).toBe(5_000_100)
      clock.refresh()
      expect(questions).toHaveLength(2)
      questions[1]?.resolve(['5000', '100000'])
      await questions[1]?.promise
      expect(clock.now()).toBe(5_000_100)
      clock.refresh()
      expect(questions).toHaveLength(2)
    },
  )

  it('asks again at once after the machine was suspended, when the monotonic clock stood still', async () => {
    const { clock, local, questions } = await createReadyClock()
    local.time += 3_600_000
    clock.refresh()
    questions[1]?.resolve(['8600', '0'])
    await questions[1]?.promise
    expect(clock.now()).toBe(8_600_000)
  })

  it('does not ask for what slewing changes', async () => {
    const { clock, local, questions } = await createReadyClock()
    local.pass(30_000)
    local.time += 30
    clock.refresh()
    expect(questions).toHaveLength(1)
  })

  it('keeps the server’s time if asking again fails', async () => {
    const { clock, local, questions } = await createReadyClock()
    local.time += 3_600_000
    clock.refresh()
    questions[1]?.reject(new Error('connection lost'))
    await Promise.allSettled([questions[1]?.promise])
    expect(clock.now()).toBe(5_000_000)
    clock.refresh()
    expect(questions).toHaveLength(3)
  })

  it('is not ready if the server’s time cannot be read, and tries again', async () => {
    const { clock, questions } = createClock()
    clock.refresh() // its failure is ignored
    const ready = clock.ready()
    questions[0]?.reject(new Error('connection lost'))
    await expect(ready).rejects.toThrow('connection lost')
    const again = clock.ready()
    questions[1]?.resolve(['5000', '0'])
    await again
    expect(clock.now()).toBe(5_000_000)
  })

  it('asks again if a question has had no answer for two seconds', async () => {
    const { clock, local, questions } = createClock()
    clock.refresh()
    clock.ready().catch(() => {})
    local.elapsed = 1999
    clock.refresh()
    expect(questions).toHaveLength(1)
    local.elapsed = 2000
    const ready = clock.ready()
    clock.refresh()
    expect(questions).toHaveLength(2)
    questions[0]?.reject(new Error('too late to matter'))
    questions[1]?.resolve(['5000', '0'])
    await ready
    expect(clock.now()).toBe(5_000_000)
  })

  it.each([
    "NOPERM this user has no permissions to run the 'time' command or its subcommand",
    "NOPERM User app has no permissions to run the 'time' command",
    "ERR unknown command 'TIME', with args beginning with: ",
  ])('is the local one when the server says: %s', async (message) => {
    const { clock, local, questions } = createClock()
    const ready = clock.ready()
    questions[0]?.reject(new Error(message))
    await ready
    expect(clock.now()).toBe(local.time)
    clock.refresh()
    expect(questions).toHaveLength(1)
  })

  it.each([[null], ['OK'], [[]], [['5000']], [['soon', '0']], [['5000', 'x']]])(
    'is not ready when the reply is %j',
    async (reply) => {
      const { clock, questions } = createClock()
      const ready = clock.ready()
      questions[0]?.resolve(reply)
      await expect(ready).rejects.toThrow('unexpected reply to TIME')
      expect(clock.now()).toBe(1_000_000)
    },
  )
})

interface PromiseWithResolvers<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value): void
  reject(reason: unknown): void
}

function withResolvers(): PromiseWithResolvers<unknown> {
  let resolve!: (value: unknown) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<unknown>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
