interface Pending {
  readonly command: readonly string[]
  resolve(reply: unknown): void
  reject(error: unknown): void
}

/** What the server replies to a command; an error rejects. */
export type Reply = (command: readonly string[]) => unknown

/** As a server replies that holds a value for each key. */
export const honest: Reply = ([name, ...parameters]) => {
  if (name === 'ECHO') return parameters[0]
  if (name === 'PTTL') return 50_000
  const values = parameters.map((key) => `value of ${key}`)
  return name === 'MGET' ? values : values[0]
}

/** One connection, as a client sees it: replies settle commands in their order. They arrive with `deliver`. */
export function openConnection(reply: Reply = honest) {
  const [sent, quits]: [string[], string[]] = [[], []]
  const pending: Pending[] = []
  let onTheWire: unknown[] = []
  const client = {
    isReady: true,
    socketEpoch: 1,
    sendCommand: (command: readonly string[]) =>
      new Promise((resolve, reject) => {
        const [name = ''] = command
        if (name === 'INFO') return resolve('')
        if (name === 'QUIT') return void quits.push(name)
        sent.push(command.join(' '))
        pending.push({ command, resolve, reject })
        onTheWire.push(reply(command))
      }),
  }
  /** Lets replies arrive, after `slip` changed them. */
  function deliver(slip: (replies: unknown[]) => unknown[] = (replies) => replies): void {
    for (const given of slip(onTheWire)) {
      const first = pending.shift()
      if (given instanceof Error) first?.reject(given)
      else first?.resolve(given)
    }
    onTheWire = []
  }
  /** The connection breaks; the client sends again what has no reply. */
  function reconnect(): void {
    client.socketEpoch += 1
    onTheWire = pending.map(({ command }) => reply(command))
  }
  return { client, sent, quits, deliver, reconnect }
}
