import { setTimeout as pause } from 'node:timers/promises'
import { draw, type Panel } from './picture.js'
import { runScenario } from './run-scenario.js'
import type { Subject } from './subjects.js'

/** Puts each subject through a kill and a hang of Redis, one after the other, and draws what the visitors saw. */
export async function drawOutages(subjects: readonly Subject[], seed: number): Promise<string> {
  const panels: Panel[] = []
  let untilMs = 0
  for (const subject of subjects) {
    const marks: number[] = []
    const began = performance.now()
    const mark = (): number => marks.push(performance.now() - began)
    const { history, brokenAt } = await runScenario(
      {
        name: 'picture',
        what: 'Redis is killed, comes back, hangs, and goes on',
        settings: ['--appendonly', 'yes'],
        async inflict({ redis }) {
          mark()
          await redis.kill()
          await pause(3000)
          await redis.restart()
          mark()
          await pause(5000)
          mark()
          redis.pause()
          await pause(10_000)
          redis.resume()
          mark()
        },
      },
      subject,
      seed,
    )
    const [killed, back, hung, resumed] = marks.map((moment) => moment - marks[0]! + brokenAt)
    const faults = [
      { what: 'Redis killed', from: killed!, to: back! },
      { what: 'Redis hangs', from: hung!, to: resumed! },
    ]
    panels.push({ title: `${subject.title}, ${subject.clientName}`, history, faults })
    untilMs = Math.max(untilMs, resumed! + 4500)
  }
  return draw(panels, untilMs)
}
