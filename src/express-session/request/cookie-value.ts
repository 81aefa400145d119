/**
 * The value of the first cookie of this name in a `Cookie` header, decoded: what the package `cookie` returns, without the work of parsing
 * all other cookies.
 */
export function cookieValue(header: string, name: string): string | undefined {
  for (let at = header.indexOf(name); at >= 0; at = header.indexOf(name, at + 1)) {
    const equals = skipBlanks(header, at + name.length)
    if (header.charCodeAt(equals) === equalsSign && beginsPair(header, at)) return decode(valueAfter(header, equals))
  }
  return undefined
}

const [space, tab, quote, semicolon, equalsSign] = [0x20, 0x09, 0x22, 0x3b, 0x3d]

function isBlank(code: number): boolean {
  return code === space || code === tab
}

function skipBlanks(text: string, from: number): number {
  let index = from
  while (isBlank(text.charCodeAt(index))) index++
  return index
}

/** Whether only blanks are between this index and the previous pair. */
function beginsPair(header: string, at: number): boolean {
  let index = at - 1
  while (index >= 0 && isBlank(header.charCodeAt(index))) index--
  return index < 0 || header.charCodeAt(index) === semicolon
}

/** Without blanks around it, and without the quotes that may enclose it. */
function valueAfter(header: string, equals: number): string {
  const semicolonIndex = header.indexOf(';', equals)
  let end = semicolonIndex < 0 ? header.length : semicolonIndex
  let start = Math.min(skipBlanks(header, equals + 1), end)
  while (end > start && isBlank(header.charCodeAt(end - 1))) end--
  if (header.charCodeAt(start) === quote && header.charCodeAt(end - 1) === quote) {
    start++
    end--
  }
  return start < end ? header.slice(start, end) : ''
}

function decode(value: string): string {
  if (!value.includes('%')) return value
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
