// The last 20 requests as dots, oldest left, one lane per backend. A hollow dot is a read, a filled one a change.

const shown = 20
const laneHeight = 64 // --lane in page.css, in pixels
const namespace = 'http://www.w3.org/2000/svg'

/** @param {number} lanes How many backends there are. */
export function createPicture(lanes) {
  const svg = draw('svg', { role: 'img', 'aria-label': 'No requests yet' })
  const rails = Array.from({ length: lanes }, (_, index) => {
    const y = height(index + 1)
    const rail = draw('line', { class: 'rail', x1: '0%', x2: '100%', y1: y, y2: y, 'data-backend': index + 1 })
    svg.append(rail)
    return rail
  })
  const marks = draw('g', {})
  svg.append(marks)

  /** @type {{ backend: number, change: boolean }[]} */
  const requests = []
  let planned = false

  return {
    svg,

    /** Adds a request. Drawing happens at most once a frame. */
    add(/** @type {number} */ backend, /** @type {boolean} */ change) {
      requests.push({ backend, change })
      if (requests.length > shown) requests.shift()
      if (planned) return
      planned = true
      requestAnimationFrame(() => {
        planned = false
        marks.replaceChildren(...requests.flatMap(drawRequest))
        svg.setAttribute('aria-label', summary())
      })
    },

    /** @param {(number | null)[]} processes */
    showProcesses(processes) {
      for (const [index, rail] of rails.entries()) rail.classList.toggle('down', processes[index] === null)
    },
  }

  /** @returns {Element[]} */
  function drawRequest(
    /** @type {{ backend: number, change: boolean }} */ { backend, change },
    /** @type {number} */ index,
  ) {
    const at = { cx: column(index), cy: height(backend), 'data-backend': backend }
    const previous = requests[index - 1]
    const hop = { class: 'hop', x1: column(index - 1), x2: at.cx, y1: height(previous?.backend ?? 0), y2: at.cy }
    return [
      ...(previous ? [draw('line', hop)] : []),
      ...(index === requests.length - 1 ? [draw('circle', { ...at, class: 'halo', r: 11 })] : []),
      draw('circle', { ...at, class: change ? 'write' : 'read', r: 4.5 }),
    ]
  }

  function summary() {
    const counts = rails.map((_, index) => requests.filter(({ backend }) => backend === index + 1).length)
    return `Of the last ${requests.length} requests, ${counts.map((count, index) => `backend ${index + 1} answered ${count}`).join(', ')}`
  }
}

const column = (/** @type {number} */ index) => `${((index + 0.5) / shown) * 100}%`
const height = (/** @type {number} */ backend) => (backend - 0.5) * laneHeight

function draw(/** @type {string} */ name, /** @type {Record<string, string | number>} */ attributes) {
  const element = document.createElementNS(namespace, name)
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value))
  return element
}
