import { RecordMismatchError } from '../../errors.js'
import { newVersion } from '../../store.js'
import { clientKind } from './client-kind.js'
import { keyPrefixOf, type Send } from './client.js'
import { slotOf } from './shards.js'

/**
 * Wraps `send` for commands whose replies do not say what they answer, such as `OK`. An `ECHO` of a fresh word follows each of them in the
 * same tick on the same connection, and the reply counts only if the word comes back.
 *
 * Replies arrive in the order of their commands. So a reply that was lost or doubled earlier, and still goes unnoticed, also gives `ECHO` the
 * reply to another command, and no other reply is this word. Then the promise rejects with `RecordMismatchError`, and the client is made
 * to reconnect. (A pool of node-redis may use two connections; there the word shows only that one of them is in order.)
 */
export function vouchedSend(client: object, send: Send, reconnect: (key: string) => void): Send {
  const echo = clientKind(client) === 'ioredis-cluster' ? echoOfIoredisCluster(client, send) : echoThrough(send)
  return async (key, command) => {
    const word = newVersion()
    const [reply, echoed] = await Promise.allSettled([send(key, command), echo(key, word)])
    if (echoed.status === 'fulfilled' && String(echoed.value) !== word) {
      reconnect(key)
      throw new RecordMismatchError()
    }
    if (reply.status === 'rejected') throw reply.reason
    if (echoed.status === 'rejected') throw echoed.reason
    return reply.value
  }
}

/** Whether the client certainly sends the commands of one tick and key over one connection. */
export function keepsOrder(client: object): boolean {
  const kind = clientKind(client)
  return kind !== 'node-redis-pool' && kind !== 'node-redis-sentinel'
}

/** Sends `ECHO` to the server that holds `key`. */
type Echo = (key: string, word: string) => Promise<unknown>

function echoThrough(send: Send): Echo {
  return (key, word) => send(key, ['ECHO', word])
}

interface IoredisCluster {
  /** For each slot the addresses of its nodes, master first. */
  readonly slots?: readonly (readonly string[] | undefined)[]
  nodes?(role: 'master'): readonly IoredisNode[]
}

interface IoredisNode {
  readonly options?: { readonly host?: string; readonly port?: number }
  call?(name: string, parameter: string): Promise<unknown>
}

/** An ioredis Cluster sends commands without a key to any node, so this looks up the one that the key's commands go to. */
function echoOfIoredisCluster(client: object, send: Send): Echo {
  const cluster: IoredisCluster = client
  const isAt = (address: string, { options }: IoredisNode): boolean => address === `${options?.host}:${options?.port}`
  return (key, word) => {
    const address = cluster.slots?.[slotOf(keyPrefixOf(client) + key)]?.[0]
    const node = address === undefined ? undefined : cluster.nodes?.('master').find((each) => isAt(address, each))
    return node?.call?.('ECHO', word) ?? send(key, ['ECHO', word])
  }
}
