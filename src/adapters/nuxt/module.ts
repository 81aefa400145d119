import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { InvalidOptionError } from '../../errors.js'

/** Options of the module of Nuxt. */
export interface NuxtModuleOptions {
  /** The file whose `sessions` all requests have. Default: `~~/server/utils/sessions.ts`. */
  readonly sessions?: string
}

/** What the module uses of Nuxt, which has types of its own. */
export interface NuxtLike {
  readonly options: {
    readonly rootDir: string
    readonly serverDir: string
    readonly buildDir: string
    readonly build: { readonly templates: object[] }
  }
  hook(name: 'nitro:config', change: (config: NitroConfig) => void): void
  hook(name: 'nitro:init', change: (nitro: { readonly options: { readonly scanDirs: string[] } }) => void): void
  hook(name: 'prepare:types' | 'nitro:prepare:types', change: (types: { readonly references: object[] }) => void): void
}

interface NitroConfig {
  imports?: false | { imports?: object[] }
  externals?: { inline?: unknown[] }
}

const autoImported = ['requireUser', 'requireRecentSignIn', 'sessionOf']

/**
 * The module of Nuxt: each request has its session as `event.context.session`, and server code needs to import neither the guards nor `sessions`. The
 * file that exports `sessions` may also export `sessionOptions`, the options of `nuxtSessions`.
 *
 * @throws InvalidOptionError if there is no such file.
 *
 * @example
 * ```ts
 * export default defineNuxtConfig({ modules: ['sessera/nuxt/module'] })
 * ```
 */
// oxlint-disable-next-line import/no-default-export -- it is how Nuxt loads a module
export default function nuxtModule({ sessions }: NuxtModuleOptions, nuxt: NuxtLike): void {
  const { serverDir, buildDir, build } = nuxt.options
  const file = sessions === undefined ? join(serverDir, 'utils/sessions') : pathOf(sessions, nuxt.options.rootDir)
  if (!['', '.ts', '.js', '.mjs'].some((ending) => existsSync(file + ending)))
    throw new InvalidOptionError('sessions', `must be a file that exports \`sessions\`; there is no ${file}`)

  const [from, folder] = [file, join(buildDir, 'sessera')].map((path) => path.replaceAll('\\', '/')) as [string, string]
  build.templates.push({ filename: 'sessera/middleware/session.mjs', write: true, getContents: () => middleware(from) })
  // In a folder that Nitro looks into first: middleware of modules would run after that of the application.
  nuxt.hook('nitro:init', ({ options }) => void options.scanDirs.unshift(folder))

  nuxt.hook('nitro:config', (config) => {
    // During development Nitro bundles nothing else of the folder.
    const { externals } = config
    config.externals = { ...externals, inline: [...(externals?.inline ?? []), folder, from] }
    if (config.imports === false) return
    const imports = autoImported.map((name) => ({ name, from: 'sessera/nuxt', priority: -1 }))
    // Nuxt itself imports what is in server/utils/.
    const own = sessions === undefined ? [] : [{ name: 'sessions', from }]
    config.imports = { ...config.imports, imports: [...(config.imports?.imports ?? []), ...imports, ...own] }
  })
  for (const name of ['prepare:types', 'nitro:prepare:types'] as const)
    nuxt.hook(name, ({ references }) => void references.push({ types: 'sessera/nuxt' }))
}

function pathOf(file: string, rootDir: string): string {
  return resolve(rootDir, file.replace(/^(?:~~|@@)[/\\]/, ''))
}

function middleware(sessions: string): string {
  return `import { defineEventHandler } from 'h3'
import { nuxtSessions } from 'sessera/nuxt'
import * as own from ${JSON.stringify(sessions)}

const { sessions, sessionOptions } = { ...own } // not each file has both
export default defineEventHandler(nuxtSessions(sessions, sessionOptions))
`
}
