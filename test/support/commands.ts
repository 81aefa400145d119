/** What the tests use of the project's own commands, which are JavaScript: see tools/. */
interface Commands {
  /** Build the application in a folder, whose packages must be installed. */
  buildNext(folder: string): Promise<Result>
  buildNitro(folder: string): Promise<Result>
  buildNuxt(folder: string): Promise<Result>
  buildSvelteKit(folder: string): Promise<Result>
  buildTanStackStart(folder: string): Promise<Result>
  compile(): Promise<Result>
  /** The examples by their names, and what their frameworks are called. */
  readonly frameworks: Readonly<Record<string, { readonly title: string }>>
  /** Installs and builds what an example needs; answers what went wrong, if anything did. */
  prepareExample(name: string): Promise<string | undefined>
  /** Installs the packages of a folder; answers what went wrong, if anything did. */
  installPackages(folder: string): Promise<string | undefined>
  /** What Next must find in the environment. */
  readonly nextEnvironment: Readonly<Record<string, string>>
  run(command: string, args: readonly string[], options: { quiet: true; budgetSeconds?: number }): Promise<Result>
  runNpm(args: readonly string[]): Promise<Result>
}

interface Result {
  readonly ok: boolean
  readonly output: string
}

async function load<Name extends keyof Commands>(file: string, name: Name): Promise<Commands[Name]> {
  const { href } = new URL(`../../tools/${file}`, import.meta.url)
  return ((await import(/* @vite-ignore */ href)) as Commands)[name]
}

export const buildNext = await load('framework-builds.mjs', 'buildNext')
export const buildNitro = await load('framework-builds.mjs', 'buildNitro')
export const buildNuxt = await load('framework-builds.mjs', 'buildNuxt')
export const buildSvelteKit = await load('framework-builds.mjs', 'buildSvelteKit')
export const buildTanStackStart = await load('framework-builds.mjs', 'buildTanStackStart')
export const compile = await load('compile.mjs', 'compile')
export const frameworks = await load('example.mjs', 'frameworks')
export const prepareExample = await load('example.mjs', 'prepareExample')
export const installPackages = await load('install.mjs', 'installPackages')
export const nextEnvironment = await load('framework-builds.mjs', 'nextEnvironment')
export const runNpm = await load('install.mjs', 'runNpm')
const runCommand = await load('run.mjs', 'run')

/** For Node: with V8's own threads, a process that was busy may wait for them for ever when it exits (nodejs/node#54918). */
export const singleThreaded = '--single-threaded'

/** Runs a script with this Node to its end, quietly. */
export function runScript(...args: string[]): Promise<Result> {
  return run(process.execPath, singleThreaded, ...args)
}

/** Runs a program to its end, quietly. */
export function run(command: string, ...args: string[]): Promise<Result> {
  return runCommand(command, args, { quiet: true, budgetSeconds: 120 })
}
