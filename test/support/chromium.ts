import { existsSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { ensurePackages, pathInPackages } from './packages.js'

/** What the tests use of Playwright, which is installed in test/demo/ only when they run. */
export interface Browser {
  /** Each page has a profile of its own. */
  newPage(options: PageOptions): Promise<Page>
  close(): Promise<void>
}

export interface PageOptions {
  readonly viewport: { readonly width: number; readonly height: number }
  readonly colorScheme: 'light' | 'dark'
  readonly userAgent?: string
}

export interface Page {
  /** Calls `handler` for each request of the page to an address like `glob`, instead of sending it. */
  route(glob: string, handler: (route: { continue(): Promise<void> }) => Promise<void>): Promise<void>
  goto(address: string): Promise<unknown>
  fill(selector: string, text: string): Promise<void>
  click(selector: string): Promise<void>
  textContent(selector: string): Promise<string | null>
  evaluate<Result>(script: string): Promise<Result>
  on(event: 'console', listener: (message: { type(): string; text(): string }) => void): void
  on(event: 'pageerror', listener: (error: Error) => void): void
  keyboard: { press(key: string): Promise<void> }
  close(): Promise<void>
}

interface Playwright {
  readonly chromium: {
    launch(options: { readonly executablePath: string; readonly args: readonly string[] }): Promise<Browser>
  }
}

const library = pathInPackages('demo', 'playwright-core/index.mjs')

/** Where Chromium is installed; `undefined` where it is not. */
export const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)

/** Starts a headless Chromium with a profile of its own. */
export async function launchChromium(executablePath: string): Promise<Browser> {
  await ensurePackages('demo')
  const { chromium } = (await import(/* @vite-ignore */ pathToFileURL(library).href)) as Playwright
  const quiet = ['--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run']
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu', '--disable-quic', ...quiet] })
}
