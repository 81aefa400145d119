import { type AdapterMutant, changing, type Response, spoiling } from './mutant.js'

export const cacheMutants: readonly AdapterMutant[] = [
  {
    name: 'forgets no-store',
    killedBy: 'an answer with our cookie is not stored by any cache',
    spoil: changing((commitment) =>
      commitment.caching === 'no-store' ? { ...commitment, caching: 'private' } : commitment,
    ),
  },
  {
    name: 'gives way to what the application says about caching',
    killedBy: 'an answer with our cookie is not stored even where the application allows it, and an event says so',
    spoil: changing((commitment) => ({ ...commitment, caching: 'untouched' })),
  },
  {
    name: 'forgets that an answer is private',
    killedBy: 'an answer whose handler looked at the session, found or not, is private and varies by cookie',
    spoil: changing((commitment) =>
      commitment.caching === 'private' ? { ...commitment, caching: 'untouched' } : commitment,
    ),
  },
  {
    name: 'lets nothing be stored that was only read',
    killedBy: 'what the application says about caching stays where the handler only looked',
    spoil: changing((commitment) =>
      commitment.caching === 'private' ? { ...commitment, caching: 'no-store' } : commitment,
    ),
  },
  {
    name: 'takes every answer for a private one',
    killedBy: 'an answer whose handler never looked keeps its headers',
    spoil: changing((commitment) =>
      commitment.caching === 'untouched' ? { ...commitment, caching: 'private' } : commitment,
    ),
  },
  {
    name: 'never says that an answer is private',
    killedBy: 'an answer that begins before its end is private, as its handler may look yet',
    mount: spoiling('before', refusing('Cache-Control', 'private')),
  },
  {
    name: 'lets the answer to a failure vary by nothing',
    killedBy: 'the answer to a session that cannot be stored is private',
    mount: spoiling('before', refusing('Vary', 'Cookie')),
  },
  {
    name: 'allows no cache anything',
    killedBy: 'an answer that begins before its end keeps what the application says about caching',
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
