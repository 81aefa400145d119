import { type AdapterMutant, changing, type Response, spoiling } from './mutant.js'

export const cacheMutants: readonly AdapterMutant[] = [
  {
    name: 'forgets no-store',
    killedBy: 'a response with the session cookie is not stored by any cache',
    spoil: changing((commitment) =>
      commitment.caching === 'no-store' ? { ...commitment, caching: 'private' } : commitment,
    ),
  },
  {
    name: "leaves the application's caching headers beside the session cookie",
    killedBy:
      'a response with the session cookie is not stored even if the application allows it, and an event reports it',
    spoil: changing((commitment) => ({ ...commitment, caching: 'untouched' })),
  },
  {
    name: 'forgets that a response is private',
    killedBy: 'a response whose handler read the session, found or not, is private and varies by cookie',
    spoil: changing((commitment) =>
      commitment.caching === 'private' ? { ...commitment, caching: 'untouched' } : commitment,
    ),
  },
  {
    name: 'forbids caching when the session was only read',
    killedBy: "the application's caching headers stay if the handler only read the session",
    spoil: changing((commitment) =>
      commitment.caching === 'private' ? { ...commitment, caching: 'no-store' } : commitment,
    ),
  },
  {
    name: 'makes every response private',
    killedBy: 'a response whose handler never read the session keeps its headers',
    spoil: changing((commitment) =>
      commitment.caching === 'untouched' ? { ...commitment, caching: 'private' } : commitment,
    ),
  },
  {
    name: 'makes no response private',
    killedBy: 'a streamed response is private, because its handler may still read the session',
    mount: spoiling('before', refusing('Cache-Control', 'private')),
  },
  {
    name: 'sends no Vary with an error response',
    killedBy: 'the error response for a session that cannot be saved is private',
    mount: spoiling('before', refusing('Vary', 'Cookie')),
  },
  {
    name: 'forbids all caching',
    killedBy: "a streamed response keeps the application's caching headers",
    mount: spoiling('before', replacing('Cache-Control', 'public, max-age=61', 'private')),
  },
]

/** The response ignores that a header is given this value. */
function refusing(header: string, refused: string) {
  return (response: Response): void => {
    const { setHeader } = response
    response.setHeader = (...values) =>
      values[0] === header && values[1] === refused ? response : Reflect.apply(setHeader, response, values)
  }
}

/** The response takes another value for this one. */
function replacing(header: string, given: string, other: string) {
  return (response: Response): void => {
    const { setHeader } = response
    response.setHeader = (...values) =>
      Reflect.apply(setHeader, response, values[0] === header && values[1] === given ? [header, other] : values)
  }
}
