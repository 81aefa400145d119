/**
 * Cookies of the right form that nobody has ever been given: letters and digits of their values are replaced by others of the same kind,
 * but for the beginning, which may name a format, and for the end of each part, where base64 does not allow each of them. `variant` says
 * by which.
 */
export function forgeCookie(cookies: string, variant: number): string {
  return cookies.replaceAll(/(?<==)[^;]*/g, (value) => {
    const [from, until] = [value.length / 8, value.length - 4]
    return value.replaceAll(/%..|[a-zA-Z\d](?!\.|$)/g, (part, index: number) =>
      part.length === 1 && index >= from && index < until ? replace(part, variant) : part,
    )
  })
}

const kinds = ['0123456789', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz']

function replace(letter: string, variant: number): string {
  const kind = kinds.find((letters) => letters.includes(letter))!
  const steps = 1 + (variant % (kind.length - 1)) // never a whole turn
  return kind[(kind.indexOf(letter) + steps) % kind.length]!
}
