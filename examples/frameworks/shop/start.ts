import { readFile } from 'node:fs/promises'
import type { RequestListener } from 'node:http'
import { extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createFront } from '../../fleet/front.js'
import { runFleet } from '../../fleet/run-fleet.js'
import { tunnelSockets } from './tunnel-sockets.js'

const root = fileURLToPath(new URL('.', import.meta.resolve('sessera/package.json')))
// Those of the source folder, since only TypeScript is built.
const files = {
  '/': 'examples/frameworks/shop/page/page.html',
  '/page.css': 'examples/frameworks/shop/page/page.css',
  '/page.js': 'examples/frameworks/shop/page/page.js',
  '/show.js': 'examples/frameworks/shop/page/show.js',
  '/fleet.css': 'examples/fleet/page.css',
}
const types: Readonly<Record<string, string>> = { '.html': 'text/html', '.css': 'text/css', '.js': 'text/javascript' }
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:"

interface Example {
  /** Its folder. */
  readonly name: string
  readonly title: string
  /** What the page says of it besides, as HTML. */
  readonly more: string
  /** The file of the page that calls the application. */
  readonly calls: string
}

/** Two backends of an example behind one port of this machine, and the page that all examples share. Runs until it gets a signal. */
export async function startExample(example: Example): Promise<void> {
  const page = await readPage(example)
  await runFleet({
    size: 2,
    program: new URL(`../${example.name}/server.js`, import.meta.url),
    createFront: (fleet, ending) => tunnelSockets(createFront(fleet, page), fleet, ending),
  })
}

/** The files of the page, by their path. */
async function readPage({ calls, ...names }: Example): Promise<ReadonlyMap<string, RequestListener>> {
  const entries = Object.entries({ ...files, '/calls.js': calls }).map(
    async ([path, file]): Promise<[string, RequestListener]> => {
      const text = await readFile(join(root, file), 'utf8')
      const body = text.replaceAll(/\{\{(\w+)\}\}/g, (_, key: keyof typeof names) => names[key] ?? '')
      const headers = { 'content-type': `${types[extname(file)]}; charset=utf-8`, 'content-security-policy': policy }
      return [path, (_request, response) => void response.writeHead(200, headers).end(body)]
    },
  )
  return new Map(await Promise.all(entries))
}
