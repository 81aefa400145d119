import { startRedis } from '../../support/servers/redis.js'
import { startApplication, type Settings } from '../../support/application.js'
import { differencesBetween, type Differences, type Transcript } from './transcript.js'
import { Visitor } from './visitor.js'
import { openWorkshop, sides, type Side, type Workshop } from './workshop.js'

export interface Comparison {
  readonly settings?: Settings
  /** Other packages for the originals' copy than those of the same name. */
  readonly originals?: Readonly<Record<string, string>>
  /** Makes what runs of an application that does not run as it is written; its name. */
  readonly compile?: (workshop: Workshop, side: Side, file: string) => Promise<string>
}

/**
 * Runs an application of applications/ on the originals and then on ours, each on an empty Redis, and lets the same visitor
 * go through both: what only one of the two answered or left in Redis.
 */
export async function compare(
  file: string,
  visit: (visitor: Visitor) => Promise<void>,
  { settings = {}, originals = {}, compile }: Comparison = {},
): Promise<Differences> {
  const workshop = await openWorkshop(originals)
  const redis = await startRedis()
  try {
    await workshop.add(file)
    const transcripts: Transcript[] = []
    for (const side of sides) {
      await redis.command('FLUSHALL')
      const program = (await compile?.(workshop, side, file)) ?? file
      const application = await startApplication(workshop.path(side, program), { REDIS_URL: redis.url, ...settings })
      try {
        const visitor = new Visitor(redis, application.origin)
        await visit(visitor)
        transcripts.push(visitor.transcript)
      } finally {
        await application.stop()
      }
    }
    const [theirs, ours] = transcripts as [Transcript, Transcript]
    return differencesBetween(theirs, ours)
  } finally {
    await redis.stop()
    await workshop.remove()
  }
}
