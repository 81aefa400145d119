// The process that is measured: one contestant, and nothing else. The bench asks over IPC for the processor time that the operating system
// has counted, and may have a profile made of what comes between two of its messages.
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { Session } from 'node:inspector/promises'

const [module, name, settings] = process.argv.slice(2)
const { contestants } = await import(module)
const application = await contestants[name](JSON.parse(settings))
const server = typeof application === 'function' ? createServer(application) : application
server.keepAliveTimeout = 0
await once(server.listen(0, '127.0.0.1'), 'listening')

const profiler = new Session()
const answers = {
  processorTime: () => process.cpuUsage(),
  async startProfile() {
    profiler.connect()
    await profiler.post('Profiler.enable')
    await profiler.post('Profiler.setSamplingInterval', { interval: 200 })
    await profiler.post('Profiler.start')
  },
  async stopProfile(path) {
    const { profile } = await profiler.post('Profiler.stop')
    writeFileSync(path, JSON.stringify(profile))
  },
}
process.on('message', async ({ question, argument }) => {
  process.send({ answer: await answers[question](argument) })
})
process.on('disconnect', () => process.exit())
process.send({ answer: server.address().port })
