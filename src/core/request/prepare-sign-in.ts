import { checkUserId } from '../../engine/user-id.js'
import { InvalidArgumentError } from '../../errors.js'
import type { SignInOptions } from '../../options.js'
import { hintAtDataBeforeSignIn } from './development-hints.js'
import type { SessionState } from './session-state.js'

const maxLabelLength = 200
const maxDeviceLength = 500

/** `session.signIn()`: checks its arguments and leaves the sign-in to the commit. */
export function prepareSignIn<Data>(state: SessionState, userId: unknown, options: SignInOptions<Data>): void {
  const { keep = [], remember = false, label, device } = checkOptions(options)
  const id = checkUserId(userId)
  const { signIn: earlier, data, incoming } = state
  const changesBefore = earlier === undefined ? data.changes() : earlier.changesBefore
  if (earlier === undefined) hintAtDataBeforeSignIn(changesBefore, keep)
  const signedInUser = state.record?.head.userId
  const kept = signedInUser === undefined || signedInUser === id ? keep : []
  data.keepOnly(kept)
  // A second sign-in at the same time, such as by a double click, starts from what the first one kept.
  if (incoming.tokenStatus === 'replaced-by-sign-in' && incoming.record?.head.userId === id && !state.endsSession)
    data.rebase(incoming.record.dataLine, kept)
  state.requested = {
    userId: id,
    remembered: remember,
    label,
    device: device && { ...device },
    keep: kept,
    changesBefore,
  }
}

/** Returns valid options, or throws `InvalidArgumentError`: a misspelt option must not disable the protection against planted data. */
function checkOptions<Data>(options: SignInOptions<Data>): SignInOptions<Data> {
  const problem = problemOf(options)
  if (problem === undefined) return options
  throw new InvalidArgumentError(`The options of session.signIn() are wrong: ${problem}.`)
}

function problemOf(options: Partial<Record<keyof SignInOptions<never>, unknown>>): string | undefined {
  const { keep = [], remember = false, label = '', device = {}, ...others } = options
  const [unknown] = Object.keys(others)
  if (unknown !== undefined) return `${unknown} is not known; there are keep, remember, label and device`
  if (!Array.isArray(keep) || keep.some((name) => typeof name !== 'string')) return 'keep must be a list of names'
  if (typeof remember !== 'boolean') return 'remember must be true or false'
  const isLabel = typeof label === 'string' && label.length <= maxLabelLength
  if (!isLabel) return `label must be text of at most ${maxLabelLength} characters`
  return isDevice(device)
    ? undefined
    : `device must be an object of texts, numbers and booleans, at most ${maxDeviceLength} characters of JSON`
}

function isDevice(device: unknown): boolean {
  if (typeof device !== 'object' || device === null || Array.isArray(device)) return false
  const isPlain = Object.values(device).every(
    (value) => typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value),
  )
  return isPlain && JSON.stringify(device).length <= maxDeviceLength
}
