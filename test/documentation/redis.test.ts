import { readFileSync } from 'node:fs'
import { compileFunction } from 'node:vm'
import { Cluster, Redis } from 'ioredis'
import { createClient, createCluster } from 'redis'
import { expect, it } from 'vitest'
import { optionWarnings } from '../../src/stores/redis/option-warnings.js'

const page = readFileSync(new URL('../../docs/redis.md', import.meta.url), 'utf8')
const blocks = Array.from(page.matchAll(/^```ts\n([^]*?)^```$/gm), ([, code]) => withoutTypes(code!))
const examples = blocks.filter((code) => code.includes('redisStore({ client'))
const options = blocks.flatMap((code) => code.match(/^const \w+Options = \{\n[^]*?^\}$/gm) ?? [])

// The Sentinel of node-redis shows nothing of its options: its connections stand for it, made as it makes them.
it.each(examples)('docs/redis.md recommends nothing that the store warns of: %s', (code) => {
  const clients = clientsOf(code)
  expect(clients.length).toBeGreaterThan(0)
  expect(clients.map((client) => optionWarnings(client))).toEqual(clients.map(() => []))
})

it('docs/redis.md has an example for each client and for TLS', () => {
  const first = (code: string): string | undefined =>
    /(?:create|new )(?:Client|Cluster|Sentinel|Redis)\b/.exec(code)?.[0]
  expect(examples.map(first)).toEqual([
    'createClient',
    'new Redis',
    'createCluster',
    'new Cluster',
    'createSentinel',
    'new Redis',
    'createClient',
    'new Redis',
  ])
})

/** The clients that an example makes; none of them connects. */
function clientsOf(code: string): object[] {
  const clients: object[] = []
  const note = <Client extends object>(client: Client): Client => {
    clients.push(client)
    return Object.assign(client, { connect: async () => {} })
  }
  const surroundings = {
    createClient: (options: object) => note(createClient(options)),
    createCluster: (options: Parameters<typeof createCluster>[0]) => note(createCluster(options)),
    createSentinel: ({ nodeClientOptions = {}, sentinelClientOptions = {} }: Record<string, object>) => {
      note(createClient(sentinelClientOptions))
      return note(createClient(nodeClientOptions))
    },
    Redis: function (...parameters: (string | object)[]) {
      const options = Object.assign({}, ...parameters.filter((parameter) => typeof parameter === 'object'))
      return note(new Redis({ ...options, lazyConnect: true }))
    },
    Cluster: function (nodes: object[], options: object) {
      return note(new Cluster(nodes, { ...options, lazyConnect: true }))
    },
    redisStore: () => {},
    readFileSync: () => '',
  }
  const others = options.filter((definition) => !code.includes(definition))
  compileFunction([...others, code].join('\n'), Object.keys(surroundings))(...Object.values(surroundings))
  return clients
}

function withoutTypes(code: string): string {
  return code.replaceAll(/: number\b| as const\b/g, '')
}
