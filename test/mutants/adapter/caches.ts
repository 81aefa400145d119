import { type AdapterMutant, changing } from './mutant.js'

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
]
