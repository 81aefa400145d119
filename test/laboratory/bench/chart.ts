import { ratioOf, type Line, type Results } from './summary.js'

const drawnCases = ['anonymous', 'read', 'write']
const width = 860
const left = 300
const barHeight = 16
const rowHeight = 22
const widest = 2.5 // ratios above are cut, and say so

// In a page, the picture follows the reader's light or dark setting.
const style = `<style>
  .ground { fill: #ffffff } text { fill: #24292f } .axis { stroke: #8c959f } .other { fill: #8c959f } .ours { fill: #1a7f37 }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117 } text { fill: #e6edf3 } .axis { stroke: #6e7681 } .other { fill: #6e7681 } .ours { fill: #3fb950 }
  }
</style>`

/** An SVG: a bar a library, for three of the cases. */
export function draw(results: Results): string {
  const panels = results.filter((each) => drawnCases.includes(each.case.id))
  let y = 44
  const parts = panels.flatMap((panel) => {
    const lines = panel.lines.filter(({ contestant: { bare, unit } }) => bare !== undefined && unit === undefined)
    const from = y
    y += 26 + lines.length * rowHeight + 14
    return drawPanel(results, panel.case.id, panel.case.title, lines, from)
  })
  const title = `<text x="12" y="24" font-size="15" font-weight="bold">What a session adds to a request, in CPU time; express-session + connect-redis = 1</text>`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${y}" font-family="sans-serif" font-size="12">`,
    style,
    `<rect class="ground" width="${width}" height="${y}"/>`,
    title,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

function drawPanel(results: Results, id: string, title: string, lines: readonly Line[], top: number): string[] {
  const scale = (width - left - 60) / widest
  const foot = top + 26 + lines.length * rowHeight
  const one = left + scale
  const bars = lines.flatMap(({ contestant }, index) => {
    const y = top + 26 + index * rowHeight
    const ratio = Math.max(0, ratioOf(results, id, contestant.id) ?? 0)
    const length = Math.max(1, Math.min(ratio, widest) * scale)
    const kind = /native|drop-in/.test(contestant.id) ? 'ours' : 'other'
    return [
      `<text x="${left - 8}" y="${y + 12}" text-anchor="end">${escape(contestant.title)}</text>`,
      `<rect class="${kind}" x="${left}" y="${y}" width="${length.toFixed(1)}" height="${barHeight}"/>`,
      `<text x="${(left + length + 6).toFixed(1)}" y="${y + 12}">${ratio > widest ? '→ ' : ''}${ratio.toFixed(2)}</text>`,
    ]
  })
  return [
    `<text x="12" y="${top + 16}" font-weight="bold">${escape(title)}</text>`,
    ...bars,
    `<line class="axis" x1="${one}" y1="${top + 20}" x2="${one}" y2="${foot}" stroke-dasharray="3 3"/>`,
  ]
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
