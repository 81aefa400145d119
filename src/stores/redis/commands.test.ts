import { afterEach, describe, expect, it, vi } from 'vitest'
import { newHandle } from '../../store.js'
import { redisStore } from './index.js'
import { redisCommands } from './commands.js'

afterEach(() => void vi.restoreAllMocks())

/** A server with this answer to INFO, and what is sent to it. */
function serverThatAnswers(info: () => unknown) {
  const sent: string[] = []
  const sendCommand = async ([name]: [string]): Promise<unknown> => {
    sent.push(name)
    if (name === 'INFO') return info()
    if (sent.length === 1) throw new Error('ECONNREFUSED')
    return 'answer'
  }
  return { commands: redisCommands({ sendCommand }), sent }
}

it('asks once what the server evicts, after its first reply', async () => {
  const { commands, sent } = serverThatAnswers(() => 'maxmemory_policy:noeviction\r\n')
  const get = (): Promise<unknown> => commands.send('key', ['GET', 'key'])
  await expect(get()).rejects.toThrow('ECONNREFUSED')
  for (let count = 0; count < 3; count += 1) expect(await get()).toBe('answer')
  expect(sent).toEqual(['GET', 'GET', 'INFO', 'GET', 'GET'])
})

it.each<[what: string, answer: () => unknown]>([
  ['evicts nothing', () => '# Memory\r\nmaxmemory_policy:noeviction\r\n'],
  ['evicts what expires first', () => '# Memory\r\nmaxmemory_policy:volatile-ttl\r\n'],
  ['answers something else', () => 12],
  ['does not let this user ask', () => Promise.reject(new Error("NOPERM this user has no permissions to run 'info'"))],
])('does not warn of a server that %s', async (_what, answer) => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const { commands, sent } = serverThatAnswers(answer)
  await commands.send('key', ['GET', 'key']).catch(() => {})
  await commands.send('key', ['GET', 'key'])
  await new Promise((resolve) => setImmediate(resolve))
  expect(sent).toContain('INFO')
  expect(warn).not.toHaveBeenCalled()
})

it('warns of a server that evicts any key, and says what to set', async () => {
  const warn = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const { commands } = serverThatAnswers(() => 'maxmemory:100\r\nmaxmemory_policy:allkeys-random\r\nallocator:libc\r\n')
  await commands.send('key', ['GET', 'key']).catch(() => {})
  await commands.send('key', ['GET', 'key'])
  await vi.waitFor(() => expect(warn).toHaveBeenCalled())
  expect(warn.mock.calls).toEqual([
    [expect.stringMatching(/\(maxmemory-policy allkeys-random\).*noeviction/), { code: 'SESSERA_REDIS_EVICTION' }],
  ])
})

it('survives a client that returns no promises', async () => {
  const store = redisStore({ client: { sendCommand: () => undefined } })
  await expect(store.load(newHandle())).rejects.toThrow('unexpected reply to GET')
  await new Promise((resolve) => setImmediate(resolve))
})

describe('a check of the connection', () => {
  type EvalSha = [name: string, sha1?: string, count?: string, key?: string, about?: string]

  /** A server, and the commands it was sent. `answerTo`: what a script answers. */
  function answering(answerTo: (about: string) => unknown) {
    const sent: string[] = []
    const sendCommand = async ([name, , , , about]: EvalSha): Promise<unknown> => {
      sent.push(name)
      return name === 'EVALSHA' ? answerTo(about!) : 'OK'
    }
    return { commands: redisCommands({ sendCommand }), sent }
  }

  const settled = (): Promise<void> => new Promise((resolve) => setImmediate(() => setImmediate(resolve)))

  it('sends two probes, and closes the connection once if each gets the reply to the one before', async () => {
    let before = 'another'
    const { commands, sent } = answering((about) => {
      const answer = [before]
      before = about
      return answer
    })
    commands.checkConnection('key')
    commands.checkConnection('key') // while the first check runs
    await settled()
    expect(sent.filter((name) => name !== 'INFO')).toEqual(['EVALSHA', 'EVALSHA', 'QUIT'])
    commands.checkConnection('key')
    await settled()
    expect(sent.filter((name) => name === 'EVALSHA')).toHaveLength(4)
  })

  it.each<[what: string, answerTo: (about: string) => unknown]>([
    ['gives the right replies', (about) => [about]],
    ['gives replies another form', (about) => Buffer.from(about)],
  ])('does not close the connection of a client that %s', async (_what, answerTo) => {
    const { commands, sent } = answering(answerTo)
    commands.checkConnection('key')
    await settled()
    expect(sent.filter((name) => name !== 'INFO')).toEqual(['EVALSHA', 'EVALSHA'])
  })
})

it.each(['Command timed out', 'TimeoutError: timed out'])(
  'checks the connection when a command says: %s',
  async (message) => {
    const sent: string[] = []
    const sendCommand = async ([name]: [string]): Promise<unknown> => {
      sent.push(name)
      throw new Error(message)
    }
    const commands = redisCommands({ sendCommand })
    await expect(commands.send('key', ['GET', 'key'])).rejects.toMatchObject({ reason: 'silent', cause: { message } })
    await new Promise((resolve) => setImmediate(resolve))
    expect(sent).toEqual(['GET', 'EVALSHA', 'EVALSHA'])
  },
)

it.each(['OK', 'PONG', 'QUEUED'])('%s is the reply to another command, and not a record', async (reply) => {
  const asked: string[] = []
  const sendCommand = async ([name]: [string]): Promise<unknown> => {
    asked.push(name)
    return name === 'GET' ? reply : null
  }
  const store = redisStore({ client: { sendCommand } })
  await expect(store.load(newHandle())).rejects.toMatchObject({ code: 'RECORD_MISMATCH' })
  expect(asked).toContain('EVALSHA')
})
