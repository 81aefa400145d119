import { InvalidArgumentError } from '../../errors.js'
import type { SignInOptions } from '../../options.js'

const maxUserIdLength = 512
const maxLabelLength = 200

/** The user id as text; throws `InvalidArgumentError` for what is none. */
export function checkUserId(userId: unknown): string {
  const id = Number.isSafeInteger(userId) ? String(userId) : userId
  if (typeof id === 'string' && id !== '' && id.length <= maxUserIdLength) return id
  throw new InvalidArgumentError(
    `A user id must be a whole number or text of 1 to ${maxUserIdLength} characters; pass others as String(id).`,
  )
}

/** The options, if they are some. What guards against planted data must not fail open for a typing error. */
export function checkSignInOptions<Data>(options: SignInOptions<Data>): SignInOptions<Data> {
  const problem = findProblem(options)
  if (problem === undefined) return options
  throw new InvalidArgumentError(`The options of session.signIn() are wrong: ${problem}.`)
}

function findProblem(options: Partial<Record<keyof SignInOptions<never>, unknown>>): string | undefined {
  const { keep = [], remember = false, label = '', ...others } = options
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `${unknown} is not known; there are keep, remember and label`
  if (!Array.isArray(keep) || keep.some((name) => typeof name !== 'string')) return 'keep must be a list of names'
  if (typeof remember !== 'boolean') return 'remember must be true or false'
  const isLabel = typeof label === 'string' && label.length <= maxLabelLength
  return isLabel ? undefined : `label must be text of at most ${maxLabelLength} characters`
}
