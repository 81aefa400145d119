import { connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { startRedis, type RedisServer } from './servers/redis.js'
import { type FaultProxy, startFaultProxy } from './proxy.js'
import { seededRandom } from './random.js'
import { ReplyCutter } from '../laboratory/faults/replies.js'

let redis: RedisServer
let proxy: FaultProxy
let line: Line

beforeAll(async () => {
  redis = await startRedis()
})
afterAll(() => redis?.stop())
beforeEach(async () => {
  proxy = await startFaultProxy(redis.port, seededRandom(1))
  line = openLine(proxy.port)
})
afterEach(async () => {
  line.socket.destroy()
  await proxy?.stop()
})

/** A connection whose replies are counted one by one. */
interface Line {
  readonly socket: Socket
  /** Sends commands at once, each of them one word and its parameters. */
  send(...commands: string[]): void
  /** Resolves with the next replies, as they came. */
  next(count: number): Promise<string[]>
  readonly closed: Promise<string>
}

function openLine(port: number): Line {
  const socket = connect(port, '127.0.0.1')
  const cutter = new ReplyCutter()
  const received: string[] = []
  let wake = (): void => {}
  let failure = 'end'
  socket.on('error', (error: NodeJS.ErrnoException) => (failure = error.code ?? 'error'))
  socket.on('data', (bytes) => {
    received.push(...cutter.push(bytes).map((reply) => reply.toString().replaceAll('\r\n', ' ').trim()))
    wake()
  })
  return {
    socket,
    send: (...commands) => void socket.write(commands.map((command) => `${command}\r\n`).join('')),
    async next(count) {
      while (received.length < count) await new Promise<void>((resolve) => (wake = resolve))
      return received.splice(0, count)
    },
    closed: new Promise((resolve) => socket.once('close', () => resolve(failure))),
  }
}

const elapsed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return performance.now() - start
}

describe('the fault proxy', () => {
  it('passes commands and replies on', async () => {
    line.send('ECHO one', 'ECHO two')
    expect(await line.next(2)).toEqual(['$3 one', '$3 two'])
  })

  it('makes replies late', async () => {
    proxy.latencyMs = 60
    proxy.jitterMs = 20
    const ms = await elapsed(() => {
      line.send('ECHO one')
      return line.next(1)
    })
    expect(ms).toBeGreaterThanOrEqual(59)
  })

  it('lets no more bytes through than the bandwidth', async () => {
    proxy.bytesPerSecond = 20_000
    const ms = await elapsed(() => {
      line.send(`ECHO ${'x'.repeat(1000)}`)
      return line.next(1)
    })
    expect(ms).toBeGreaterThanOrEqual(99) // 1 kB each way
  })

  it('resets all connections, or ends them', async () => {
    line.send('PING')
    await line.next(1)
    proxy.cut('reset')
    expect(await line.closed).toBe('ECONNRESET')
    line = openLine(proxy.port)
    line.send('PING')
    await line.next(1)
    proxy.cut('end')
    expect(await line.closed).toBe('end')
  })

  it('resets new connections while it refuses', async () => {
    proxy.isRefusing = true
    const refused = openLine(proxy.port)
    expect(await refused.closed).toBe('ECONNRESET')
  })

  it('cuts a connection in the middle of a reply', async () => {
    let text = ''
    line.socket.on('data', (bytes) => (text += bytes.toString()))
    proxy.cutInReply()
    line.send('ECHO hello', 'ECHO more')
    await line.closed // some kernels tell of the RST that follows bytes, others only of an end
    expect('$5\r\nhello\r\n'.startsWith(text)).toBe(true)
    expect(text.length).toBeLessThan(11)
  })

  it('swallows bytes both ways on connections that were open, for ever and without closing them', async () => {
    line.send('PING')
    await line.next(1)
    proxy.fallSilent()
    const during = openLine(proxy.port)
    await expect.poll(() => proxy.connectedAt.length).toBe(2)
    line.send('SET silent old')
    during.send('GET silent')
    expect(await redis.command('ECHO', 'meanwhile')).toBe('meanwhile')
    proxy.heal()
    line.send('SET silent old')
    expect(await during.next(1)).toEqual(['$-1'])
    during.send('GET silent')
    expect(await during.next(1)).toEqual(['$-1'])
    expect(line.socket.destroyed).toBe(false)
    during.socket.destroy()
  })

  it('keeps what is on its way to Redis, and delivers it later in its order', async () => {
    line.send('PING')
    await line.next(1)
    proxy.hold()
    line.send('SET held yes', 'GET held')
    expect(await redis.command('GET', 'held')).toBeNull()
    proxy.release()
    expect(await line.next(2)).toEqual(['+OK', '$3 yes'])
  })

  it('stops one command before Redis has it', async () => {
    const caught = proxy.catchNext('command', (command) => command.includes('caught'))
    line.send('ECHO first')
    expect(await line.next(1)).toEqual(['$5 first'])
    line.send('SET caught yes')
    await caught
    line.socket.destroy()
    const next = openLine(proxy.port)
    next.send('GET caught')
    expect(await next.next(1)).toEqual(['$-1'])
    next.socket.destroy()
  })

  it('stops the reply of one command when Redis has done it, not when it refuses', async () => {
    const caught = proxy.catchNext('reply', (command) => command.includes('done'))
    line.send('INCR done or not')
    expect(await line.next(1)).toEqual([expect.stringContaining('-ERR')])
    line.send('ECHO first', 'SET done yes')
    await caught
    expect(await line.next(1)).toEqual(['$5 first'])
    const { bytesRead } = line.socket
    expect(await redis.command('GET', 'done')).toBe('yes')
    expect(line.socket.bytesRead).toBe(bytesRead)
  })

  it.each([
    ['drop', ['$1 b', '$1 c']],
    ['duplicate', ['$1 a', '$1 a', '$1 b', '$1 c']],
    ['shift', ['$1 b', '$1 a', '$1 c']],
  ] as const)('does %s one reply', async (kind, expected) => {
    proxy.slip(kind)
    line.send('ECHO a', 'ECHO b', 'ECHO c')
    expect(await line.next(expected.length)).toEqual(expected)
    expect(proxy.slips).toBe(1)
  })

  it('leads new connections to another server', async () => {
    const other = await startRedis()
    try {
      line.send('SET place here')
      await line.next(1)
      proxy.target = other.port
      const fresh = openLine(proxy.port)
      fresh.send('GET place')
      line.send('GET place')
      expect(await fresh.next(1)).toEqual(['$-1'])
      expect(await line.next(1)).toEqual(['$4 here'])
      fresh.socket.destroy()
    } finally {
      await other.stop()
    }
  })
})

describe('the cutter of replies', () => {
  it.each([
    '+OK\r\n',
    ':12\r\n',
    '$-1\r\n',
    '$4\r\na\r\nb\r\n',
    '*-1\r\n',
    '*2\r\n*1\r\n:1\r\n$1\r\na\r\n',
    '%1\r\n+key\r\n*0\r\n',
    '>2\r\n+invalidate\r\n_\r\n',
    '|1\r\n+ttl\r\n:9\r\n+value\r\n',
  ])('finds the end of %j, in whatever pieces it comes', (reply) => {
    const cutter = new ReplyCutter()
    const pieces = [...`${reply}+next\r\n`].map((letter) => Buffer.from(letter))
    expect(pieces.flatMap((piece) => cutter.push(piece)).map(String)).toEqual([reply, '+next\r\n'])
  })
})
