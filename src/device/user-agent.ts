// The first one that matches counts: most browsers name others, which they are based on.
const browsers: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Edge', / Edg(?:e|A|iOS)?\/(\d{1,4})\b/],
  ['Opera', / (?:OPR|OPT)\/(\d{1,4})\b/],
  ['Samsung Internet', / SamsungBrowser\/(\d{1,4})\b/],
  ['Firefox', / (?:Firefox|FxiOS)\/(\d{1,4})\b/],
  ['Chrome', / (?:Headless)?(?:Chrome|CriOS)\/(\d{1,4})\b/],
  ['Safari', / Version\/(\d{1,4})\b.* Safari\//],
]

const systems: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['Windows', /\bWindows\b/],
  ['Android', /\bAndroid\b/],
  ['iOS', /\b(?:iPhone|iPod|iPad)\b/],
  ['macOS', /\bMacintosh\b/],
  ['ChromeOS', /\bCrOS\b/],
  ['Linux', /\bLinux\b/],
]

// No browser's is longer, and a pattern is to have little to search.
const longest = 512

/** The browser with its major version. */
export function browserOf(userAgent: unknown): string {
  const text = textOf(userAgent)
  for (const [name, pattern] of browsers) {
    const version = pattern.exec(text)?.[1]
    if (version !== undefined) return `${name} ${Number(version)}`
  }
  return 'unknown browser'
}

/** The operating system, without its version; `undefined` if unknown. */
export function systemOf(userAgent: unknown): string | undefined {
  const text = textOf(userAgent)
  return systems.find(([, pattern]) => pattern.test(text))?.[0]
}

function textOf(userAgent: unknown): string {
  return typeof userAgent === 'string' ? userAgent.slice(0, longest) : ''
}
