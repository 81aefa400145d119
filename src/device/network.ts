import { isIPv4, isIPv6 } from 'node:net'

/** The network of an address: the first 24 bits of IPv4, 48 of IPv6. `undefined` for what is no address. */
export function networkOf(address: unknown): string | undefined {
  if (typeof address !== 'string') return undefined
  if (isIPv4(address)) return networkOfIPv4(address.split('.'))
  return isIPv6(address) ? networkOfIPv6(wordsOf(address)) : undefined
}

function networkOfIPv4(bytes: readonly (string | number)[]): string {
  return `${bytes.slice(0, 3).join('.')}.0/24`
}

function networkOfIPv6(words: readonly number[]): string {
  // Those that contain an IPv4 address: servers that listen on IPv6 see such addresses, and 6to4 has it in the first 48 bits.
  const isMapped = words.slice(0, 5).every((word) => word === 0) && words[5] === 0xffff
  if (isMapped) return networkOfIPv4(bytesOf(words.slice(6)))
  if (words[0] === 0x2002) return networkOfIPv4(bytesOf(words.slice(1, 3)))
  const start = words.slice(0, 3).map((word) => word.toString(16))
  return `${start.join(':').replace(/(?:(?:^|:)0)+$/, '')}::/48`
}

function bytesOf(words: readonly number[]): readonly number[] {
  return words.flatMap((word) => [word >> 8, word & 0xff])
}

/** The eight words of a valid IPv6 address. */
function wordsOf(address: string): readonly number[] {
  const [withoutZone = ''] = address.split('%')
  const [head = '', tail] = withoutZone.split('::')
  const [before, after] = [parseWords(head), parseWords(tail ?? '')]
  const gap = Array.from({ length: 8 - before.length - after.length }, () => 0)
  return [...before, ...gap, ...after]
}

function parseWords(text: string): readonly number[] {
  if (text === '') return []
  return text.split(':').flatMap((part) => {
    if (!part.includes('.')) return [parseInt(part, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
