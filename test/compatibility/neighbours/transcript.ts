import { createHmac } from 'node:crypto'

/** What one visit saw: by step, its lines, in which nothing stands that must differ from run to run. */
export type Transcript = ReadonlyMap<string, readonly string[]>

/** The lines of each step that only one of two transcripts has. */
export type Differences = Record<string, { readonly originals?: readonly string[]; readonly ours?: readonly string[] }>

export function differencesBetween(originals: Transcript, ours: Transcript): Differences {
  const differences: Differences = {}
  for (const step of new Set([...originals.keys(), ...ours.keys()])) {
    const [theirLines, ourLines] = [originals.get(step) ?? ['(no such step)'], ours.get(step) ?? ['(no such step)']]
    const [onlyTheirs, onlyOurs] = [without(theirLines, ourLines), without(ourLines, theirLines)]
    if (onlyTheirs.length === 0 && onlyOurs.length === 0) continue
    differences[step] = {
      ...(onlyTheirs.length > 0 && { originals: onlyTheirs }),
      ...(onlyOurs.length > 0 && { ours: onlyOurs }),
    }
  }
  return differences
}

function without(lines: readonly string[], others: readonly string[]): string[] {
  const rest = [...others]
  return lines.filter((line) => {
    const index = rest.indexOf(line)
    if (index >= 0) rest.splice(index, 1)
    return index < 0
  })
}

/** Gives what is random a name by the order in which it is seen, and says of times how far away they are. */
export class Mask {
  readonly #names = new Map<string, string>()

  /** A text with ids, signed ids, tokens and dates in it. */
  text(text: string): string {
    return text
      .replace(/s%3A([\w-]{32})\.([\w%]{43,})/g, (_all, id: string, signature: string) => {
        const isRight = decodeURIComponent(signature) === signatureOf(id)
        return `<${isRight ? 'signed' : 'badly signed'} ${this.#name('id', id)}>`
      })
      .replace(/(?<![\w-])[\da-f]{64,}(?![\w-])/g, (token) => `<${this.#name('token', token)}>`)
      .replace(/(?<![\w-])[\w-]{32}(?![\w-])/g, (id) => `<${this.#name('id', id)}>`)
      .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z|\w{3}, \d\d \w{3} \d{4} [\d:]+ GMT/g, (date) => `<${inSeconds(date)}>`)
      .replace(/(?<="originalMaxAge":)\d+/, (age) => `${Math.round(Number(age) / 100) * 100}`)
  }

  #name(kind: string, value: string): string {
    const known = this.#names.get(value)
    if (known !== undefined) return known
    const count = [...this.#names.values()].filter((name) => name.startsWith(kind)).length
    const name = `${kind} ${count + 1}`
    this.#names.set(value, name)
    return name
  }
}

/** By minutes, as two runs do not take equally long. */
export function about(seconds: number): number {
  return Math.round(seconds / 60) * 60
}

function inSeconds(date: string): string {
  const time = Date.parse(date)
  return time === 0 ? 'long ago' : `in ${about((time - Date.now()) / 1000)} s`
}

/** All applications have this secret. */
function signatureOf(id: string): string {
  return createHmac('sha256', 'keyboard cat').update(id).digest('base64').replace(/=+$/, '')
}
