import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { promisify } from 'node:util'

/** A lock between processes, as the project's own commands use it when they install. */
interface Exclusively {
  exclusively<Result>(task: () => Promise<Result>): Promise<Result>
}

const folder = fileURLToPath(new URL('./', import.meta.url))
const locks = new URL('../../tools/exclusively.mjs', import.meta.url)

/** Installs the clients of this folder's package.json unless they are there, and gives the function that loads one. */
export async function installClients(): Promise<(name: string) => unknown> {
  if (!(await isInstalled())) {
    const { exclusively } = (await import(/* @vite-ignore */ locks.href)) as Exclusively
    await exclusively(async () => {
      if (!(await isInstalled())) await runNpm('ci', '--ignore-scripts', '--no-audit', '--no-fund')
    })
  }
  return createRequire(pathToFileURL(`${folder}package.json`))
}

// npm notes what it installed in node_modules; packages for other platforms are optional and missing there.
async function isInstalled(): Promise<boolean> {
  const [wanted, present] = await Promise.all([
    readPackages('package-lock.json'),
    readPackages('node_modules/.package-lock.json'),
  ])
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === '' || (present[path] ? present[path].version === version : optional),
  )
}

type Packages = Record<string, { readonly version?: string; readonly optional?: boolean }>

async function readPackages(path: string): Promise<Packages> {
  const text = await readFile(`${folder}${path}`, 'utf8').catch(() => '{"packages":{}}')
  return (JSON.parse(text) as { readonly packages: Packages }).packages
}

async function runNpm(...parameters: string[]): Promise<void> {
  const npm = process.env.npm_execpath
  const [command, ...first] = npm?.endsWith('.js') ? ([process.execPath, npm] as const) : (['npm'] as const)
  await promisify(execFile)(command, [...first, ...parameters], { cwd: folder })
}
