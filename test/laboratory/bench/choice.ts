import { cases, type Case } from './cases.js'
import { contestants, has, type Contestant } from './contestants.js'

/** The wanted contestants, each framework alone before them; Express alone twice, which shows the noise. */
export function chooseContestants(ids: readonly string[], otherBuild: string | undefined): readonly Contestant[] {
  const wanted = pick(contestants, ids, 'contestant')
  const bares = contestants.filter(({ id }) => wanted.some((each) => each.id === id || each.bare === id))
  return contestants.flatMap((each) => {
    if (each.bare === undefined) return bares.includes(each) ? aloneTwice(each) : []
    if (!wanted.includes(each)) return []
    return otherBuild !== undefined && usesSessera(each) ? [inOtherBuild(each, otherBuild), each] : [each]
  })
}

/** The wanted cases. */
export function chooseCases(ids: readonly string[]): readonly Case[] {
  return pick(cases, ids, 'case')
}

/** Who takes part in a case: those that have it, and of the frameworks alone those that somebody is compared with. */
export function takingPart(chosen: readonly Contestant[], { id }: Case): readonly Contestant[] {
  const libraries = chosen.filter((each) => each.bare !== undefined && has(each, id))
  const bares = new Set(libraries.map(({ bare }) => bare))
  const alone = chosen.every(({ bare }) => bare === undefined)
  return chosen.filter(
    (each) => libraries.includes(each) || (each.bare === undefined && (alone || bares.has(each.name))),
  )
}

function pick<Item extends { readonly id: string }>(
  all: readonly Item[],
  ids: readonly string[],
  kind: string,
): Item[] {
  const unknown = ids.filter((id) => !all.some((each) => each.id === id))
  const known = all.map(({ id }) => id).join(', ')
  if (unknown.length > 0) throw new Error(`no ${kind} ${unknown.join(', ')}; there are: ${known}`)
  return all.filter(({ id }) => ids.length === 0 || ids.includes(id))
}

function aloneTwice(bare: Contestant): Contestant[] {
  return bare.id === 'bare' ? [bare, { ...bare, id: 'bare-again', title: `${bare.title}, again` }] : [bare]
}

function inOtherBuild(contestant: Contestant, sessera: string): Contestant {
  return { ...contestant, id: `${contestant.id}-before`, title: `${contestant.title}, other build`, sessera }
}

function usesSessera({ id }: Contestant): boolean {
  return /native|drop-in/.test(id)
}
