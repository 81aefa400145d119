// Signs visitors in until the disk of the folder is full, for full-disk.test.ts, and prints as JSON what the others are told then.
import { createSessions } from 'sessera'
import { lmdbStore } from 'sessera/lmdb'

const [path, size, width] = process.argv.slice(2) as [string, string, string]
const sessions = createSessions<{ text: string; note?: string }>({
  store: lmdbStore({ path }),
  cookie: { secure: false },
  deadline: '10s',
})

async function signIn(text: string): Promise<string> {
  const { session, commit } = await sessions.open(undefined)
  session.signIn('ada')
  session.data.text = text
  const [cookie = ''] = (await commit()).setCookies
  return cookie.split(';')[0]!
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  return work.then(
    () => 'done',
    (error: unknown) => (error as { code: string }).code,
  )
}

async function signOut(cookie: string): Promise<void> {
  const { session, commit } = await sessions.open(cookie)
  session.end()
  await commit()
}

async function isSignedIn(cookie: string): Promise<boolean> {
  return (await sessions.open(cookie)).session.userId === 'ada'
}

const cookies: string[] = []
for (let count = 0; count < 30; count++) cookies.push(await signIn('kept'))
const failures = new Set<string>()
while (failures.size === 0) {
  const tries = Array.from({ length: Number(width) }, () => codeOf(signIn('x'.repeat(Number(size)))))
  for (const code of await Promise.all(tries)) if (code !== 'done') failures.add(code)
}
const stillIn = await Promise.all(cookies.map(isSignedIn))
// One who cannot be let in, in the same moment as those who go.
const [refused, ...gone] = await Promise.all([
  codeOf(signIn('x'.repeat(60_000))),
  ...cookies.map((cookie) => codeOf(signOut(cookie))),
])
const stillThere = await Promise.all(cookies.map(isSignedIn))
// All the others at once, page by page.
const listed = (await sessions.user('ada').list()).length
const ended = await sessions
  .user('ada')
  .end()
  .then((count) => count === listed, String)
const left = await sessions.user('ada').count()
await sessions.close()
console.log(
  JSON.stringify({
    failures: [...failures],
    signedIn: stillIn.filter(Boolean).length,
    refused,
    signedOut: gone.filter((code) => code === 'done').length,
    comeBack: stillThere.filter(Boolean).length,
    ended,
    left,
  }),
)
