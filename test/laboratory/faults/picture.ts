import type { Operation } from './history.js'
import { patienceMs } from './desk.js'
import { latencyOf, shareDone, startedBetween } from './timing.js'

/** What is drawn: one library above the other, each with the same faults at the same times. */
export interface Panel {
  readonly title: string
  readonly history: readonly Operation[]
  /** Ms since the beginning of the history. */
  readonly faults: readonly { readonly what: string; readonly from: number; readonly to: number }[]
}

const width = 960
const left = 70
const right = 20
const top = 34
const plot = 120
const gap = 46
const stepMs = 250

const colours = {
  done: '#2f855a',
  failed: '#d9822b',
  lost: '#c53030',
  late: '#2b6cb0',
  text: '#4a5568',
}

/** An SVG: how many requests are served, fail, or get no answer, and how long the slowest answer of each quarter of a second takes. */
export function draw(panels: readonly Panel[], untilMs: number): string {
  const height = top + panels.length * (plot + gap)
  const x = (ms: number): number => left + (ms / untilMs) * (width - left - right)
  const parts = panels.flatMap((panel, index) => drawPanel(panel, top + index * (plot + gap), x, untilMs))
  const legend = [
    [colours.done, 'served'],
    [colours.failed, 'answered with an error'],
    [colours.lost, 'no answer in 8 s'],
    [colours.late, 'slowest answer (logarithmic)'],
  ].map(([colour, name], index) => {
    const at = left + index * 190
    return `<rect x="${at}" y="8" width="12" height="12" fill="${colour}"/>${label(at + 18, 18, name!)}`
  })
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="12">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    ...legend,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function drawPanel({ title, history, faults }: Panel, y: number, x: (ms: number) => number, untilMs: number): string[] {
  const foot = y + 16 + plot - 16
  const full = plot - 16
  const marks = faults.map(
    ({ what, from, to }) =>
      `<rect x="${round(x(from))}" y="${y + 16}" width="${round(x(to) - x(from))}" height="${full}" fill="none" ` +
      `stroke="${colours.text}" stroke-dasharray="3 3"/>${label(x(from) + 6, y + 30, what)}`,
  )
  const steps = Array.from({ length: Math.floor(untilMs / stepMs) }, (_, index) => index * stepMs)
  const bars: string[] = []
  const points: string[] = []
  for (const from of steps) {
    const some = startedBetween(history, from, from + stepMs)
    if (some.length === 0) continue
    const unanswered = some.filter(({ status }) => status === 0).length / some.length
    const done = shareDone(some)
    const bar = (from0: number, share: number, colour: string): string =>
      share === 0
        ? ''
        : `<rect x="${round(x(from))}" y="${round(foot - full * (from0 + share))}" width="${round(x(stepMs) - x(0) - 0.5)}" ` +
          `height="${round(full * share)}" fill="${colour}" fill-opacity="0.55"/>`
    bars.push(
      bar(0, done, colours.done),
      bar(done, 1 - done - unanswered, colours.failed),
      bar(1 - unanswered, unanswered, colours.lost),
    )
    const slowest = unanswered > 0 ? patienceMs : latencyOf(some).slowest
    const height = Math.min(1, Math.max(0, Math.log10(slowest) / 4))
    points.push(`${round(x(from + stepMs / 2))},${round(foot - full * height)}`)
  }
  const seconds = Array.from({ length: Math.floor(untilMs / 5000) + 1 }, (_, index) => index * 5)
  return [
    label(left, y + 10, title, 'bold'),
    ...bars.filter((bar) => bar !== ''),
    `<polyline points="${points.join(' ')}" fill="none" stroke="${colours.late}" stroke-width="1.5"/>`,
    ...marks,
    ...['1 ms', '100 ms', '10 s'].map((text, index) => label(4, foot - (full * index) / 2 + 4, text)),
    ...seconds.map((second) => label(x(second * 1000) - 6, foot + 14, `${second} s`)),
  ]
}

function label(x: number, y: number, text: string, weight = 'normal'): string {
  return `<text x="${round(x)}" y="${round(y)}" fill="${colours.text}" font-weight="${weight}">${text}</text>`
}

function round(value: number): number {
  return Math.round(value * 10) / 10
}
