import type { Contestant } from './contestants.js'
import { lineOf, ratioOf, ratioToRival, type Results } from './summary.js'
import { markdown, showRatio } from './table.js'

/** What is printed at the end. */
export function finalTables(results: Results): string {
  const tables = [
    ["Overhead over the bare framework, in units of the pair's over Express", ratioTable(results)],
    ['The same where all connections use one session', sharedTable(results)],
    ["On other frameworks, in units of what the framework's own library adds", frameworkTable(results)],
    ['In memory on node:http, in units of an anonymous visit with express-session', memoryTable(results)],
    ['In Redis: commands, bytes in both directions, CPU time', redisTable(results)],
  ]
  return tables.flatMap(([title, table]) => (table === undefined ? [] : [`${title}\n\n${table}`])).join('\n\n')
}

/** The overhead of each library over its framework alone, in units of the pair's over Express: a column a case. `undefined` without the pair. */
export function ratioTable(results: Results): string | undefined {
  if (!results.some((each) => lineOf(results, each.case.id, 'pair'))) return undefined
  const apart = results.filter((each) => each.case.visitors !== 'shared')
  return tableFor(
    apart,
    librariesIn(results).filter(({ unit }) => unit === undefined),
  )
}

/** The same where all connections use one session. `undefined` if that was not measured. */
export function sharedTable(results: Results): string | undefined {
  const shared = results.filter((each) => each.case.visitors === 'shared')
  return shared.length === 0 ? undefined : tableFor(shared, librariesIn(shared))
}

/** On other frameworks: in units of what the framework's own library adds in the same case. `undefined` if not measured. */
export function frameworkTable(results: Results): string | undefined {
  const apart = results.filter((each) => each.case.visitors !== 'shared')
  const libraries = librariesIn(apart).filter(({ id }) =>
    apart.some((each) => ratioToRival(results, each.case.id, id) !== undefined),
  )
  const columns = apart.filter((each) => libraries.some(({ id }) => lineOf(results, each.case.id, id)))
  return libraries.length === 0 ? undefined : tableFor(results, libraries, columns, ratioToRival)
}

/** Without Redis and Express: in units of what an anonymous visit costs with express-session there. `undefined` if not measured. */
export function memoryTable(results: Results): string | undefined {
  const libraries = librariesIn(results).filter(({ unit }) => unit !== undefined)
  const own = results.filter((each) => libraries.some(({ id }) => lineOf(results, each.case.id, id)))
  return libraries.length === 0 ? undefined : tableFor(results, libraries, own)
}

/** What Redis does for a request: a row a library, the cases in which it is asked. */
export function redisTable(results: Results): string | undefined {
  const wanted = results.filter((each) => ['read', 'who', 'write', 'update', 'forged'].includes(each.case.id))
  const libraries = librariesIn(results).filter(({ id }) =>
    wanted.some((each) => costsRedis(results, each.case.id, id)),
  )
  if (libraries.length === 0) return undefined
  const rows = libraries.map(({ id, title }) => [
    title,
    ...wanted.map((each) => {
      const line = lineOf(results, each.case.id, id)
      if (line === undefined) return '–'
      const bytes = Math.round(line.bytesToRedis + line.bytesFromRedis)
      return line.redisCommands === '' ? 'nothing' : `${line.redisCommands}, ${bytes} B, ${line.redisUs.toFixed(1)} µs`
    }),
  ])
  return markdown([['', ...wanted.map((each) => each.case.title)], ...rows])
}

function costsRedis(results: Results, caseId: string, id: string): boolean {
  return (lineOf(results, caseId, id)?.redisCommands ?? '') !== ''
}

function tableFor(
  results: Results,
  libraries: readonly Contestant[],
  columns = results,
  ratio: typeof ratioOf = ratioOf,
): string {
  const rows = libraries.map(({ id, title }) => [
    title,
    ...columns.map((each) => showRatio(ratio(results, each.case.id, id))),
  ])
  return markdown([['', ...columns.map((each) => each.case.title)], ...rows])
}

function librariesIn(results: Results): readonly Contestant[] {
  const all = results.flatMap(({ lines }) => lines.map(({ contestant }) => contestant))
  const libraries = all.filter(({ bare }) => bare !== undefined)
  return libraries.filter(({ id }, index) => libraries.findIndex((each) => each.id === id) === index)
}
