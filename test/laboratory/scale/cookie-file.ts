import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const cookieLength = 'session='.length + 55

/** Where the program `sessions` puts the cookies of what it stored. As strings, a million of them would fill the heap. */
export interface CookieFile {
  readonly path: string
  /** Reads the cookies. Gives any of them, and the user whose it is. */
  picker(): () => { readonly cookie: string; readonly userId: string }
  remove(): void
}

export function cookieFile(): CookieFile {
  const folder = mkdtempSync(join(tmpdir(), 'sessera-cookies-'))
  const path = join(folder, 'cookies')
  return {
    path,
    picker() {
      const cookies = readFileSync(path)
      const count = cookies.length / (cookieLength + 1)
      return () => {
        const number = Math.floor(Math.random() * count)
        const start = number * (cookieLength + 1)
        const userId = `user-${String(number % 100_000).padStart(5, '0')}`
        return { cookie: cookies.toString('latin1', start, start + cookieLength), userId }
      }
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}
