import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type Browser, chromiumPath, launchChromium, type Page } from '../support/chromium.js'
import { type Demo, endDemo, startDemo } from './demo.js'

const sizes = {
  wide: { width: 1280, height: 900 },
  phone: { width: 375, height: 800 },
}

describe.skipIf(chromiumPath === undefined)("the demo's page", { timeout: 60_000 }, () => {
  let demo: Demo
  let address: string
  let browser: Browser

  beforeAll(async () => {
    demo = startDemo()
    ;[address, browser] = await Promise.all([demo.ready, launchChromium(chromiumPath as string)])
  }, 120_000)

  afterAll(async () => {
    await browser?.close()
    await endDemo(demo)
  })

  /** Opens the page and waits for its first answer. What it complains about is collected. */
  async function open(
    size: keyof typeof sizes,
    colorScheme: 'light' | 'dark',
  ): Promise<Page & { complaints: string[] }> {
    const page = await browser.newPage({ viewport: sizes[size], colorScheme })
    const complaints: string[] = []
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`))
    page.on('pageerror', (error) => complaints.push(String(error)))
    await page.goto(address)
    await shows(page, '#answered', 'Backend')
    return Object.assign(page, { complaints })
  }

  const shows = (page: Page, selector: string, text: string): Promise<void> =>
    vi.waitFor(async () => expect(await page.textContent(selector)).toContain(text), { timeout: 15_000, interval: 50 })

  it('shows one session, whichever backend answers, also when one is stopped', async () => {
    const page = await open('wide', 'light')
    await page.fill('#item', 'apples')
    await page.keyboard.press('Enter')
    await shows(page, '#cart', 'apples')
    const handle = await page.textContent('#handle')
    expect(handle).toMatch(/^[\w-]{22}$/)

    await page.fill('#name', 'Ada')
    await page.click('#sign-in button')
    await shows(page, '#user', 'Ada')
    await page.click('#visit-often')
    await shows(page, '#visits', '60')
    await shows(page, '#news', 'The count went from 0 to 60.')
    expect(await page.evaluate(`document.querySelectorAll('circle.read, circle.write').length`)).toBe(20)

    const pid = await page.textContent('[data-backend="2"] .process')
    await page.click('[data-backend="2"] button')
    await shows(page, '[data-backend="2"] .process', 'stopped')
    await shows(page, '#news', 'Backend 2 is back')
    await shows(page, '[data-backend="2"] .process', 'pid')
    expect(await page.textContent('[data-backend="2"] .process')).not.toBe(pid)
    expect(await page.textContent('#user')).toBe('Ada')
    expect(await page.textContent('#handle')).toBe(handle)
    expect(await page.textContent('#visits')).toBe('60')
    expect(await page.textContent('#cart')).toBe('apples')

    await page.click('#sign-out')
    await shows(page, '#user', 'nobody')
    expect(await page.textContent('#problem')).toBe('')
    expect(page.complaints).toEqual([])
    await page.close()
  })

  it('shows what went wrong, in the words of the backend', async () => {
    const page = await open('wide', 'light')
    await page.fill('#name', '   ')
    await page.click('#sign-in button')
    await shows(page, '#problem', 'a text that is not empty')
    expect(await page.textContent('#user')).toBe('nobody')
    await page.close()
  })

  it.each(['light', 'dark'] as const)('fits a phone without sideways scrolling, %s', async (scheme) => {
    const page = await open('phone', scheme)
    await page.fill('#item', 'x'.repeat(80))
    await page.click('#add button')
    await shows(page, '#cart', 'xxx')
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(375)
    expect(page.complaints).toEqual([])
    await page.close()
  })

  it.each(['light', 'dark'] as const)('has legible contrast everywhere, %s', async (scheme) => {
    const page = await open('wide', scheme)
    expect(await page.evaluate(`(${faintTexts.toString()})()`)).toEqual([])
    await page.close()
  })
})

/** Runs in the page: the texts whose contrast with what is behind them is below 4.5 to 1 (WCAG 1.4.3). */
function faintTexts(): string[] {
  interface Shown {
    readonly textContent: string | null
    readonly parentElement: Shown | null
    readonly childNodes: Iterable<{ readonly nodeType: number; readonly textContent: string | null }>
    readonly disabled?: boolean
  }
  const view = globalThis as unknown as {
    readonly document: { querySelectorAll(selector: string): Iterable<Shown> }
    getComputedStyle(element: Shown): { readonly color: string; readonly backgroundColor: string }
  }
  const channels = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color: string): number => {
    const [red = 0, green = 0, blue = 0] = channels(color).map((value) => {
      const share = value / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const background = (element: Shown | null): string => {
    if (element === null) return 'rgb(255, 255, 255)'
    const color = view.getComputedStyle(element).backgroundColor
    return channels(color)[3] === 0 ? background(element.parentElement) : color
  }
  const hasText = (element: Shown): boolean =>
    [...element.childNodes].some(({ nodeType, textContent }) => nodeType === 3 && textContent?.trim())

  return [...view.document.querySelectorAll('body *')]
    .filter((element) => hasText(element) && !element.disabled)
    .flatMap((element) => {
      const [a = 0, b = 0] = [view.getComputedStyle(element).color, background(element)].map(luminance)
      const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)
      return contrast < 4.5 ? [`${element.textContent?.trim()}: ${contrast.toFixed(2)}`] : []
    })
}
