import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { endProcess, endWithUs, findLastingPort, findProgram } from '../../support/processes.js'
import { listening } from '../../support/balancer/proxies.js'

/** An HAProxy that takes turns with the backends, and sends again whatever fails. */
export interface Balancer {
  readonly port: number
  /** Sends nothing new to one backend; 0 is the first. What is under way goes on. */
  takeOut(backend: number): Promise<void>
  putBack(backend: number): Promise<void>
  /** Waits until it knows that a backend answers again. */
  untilUp(backend: number): Promise<void>
  stop(): Promise<void>
}

export async function startBalancer(backends: readonly number[]): Promise<Balancer> {
  const folder = await mkdtemp(join(tmpdir(), 'sessera-balancer-'))
  const [path, socket] = [join(folder, 'haproxy.cfg'), join(folder, 'admin.sock')]
  const port = await findLastingPort()
  await writeFile(path, configurationFor(port, socket, backends))
  const child = spawn(findProgram('haproxy'), ['-db', '-f', path], { stdio: ['ignore', 'pipe', 'pipe'] })
  endWithUs(child)
  await listening(child, port)

  async function command(line: string): Promise<string> {
    const control = connect(socket)
    control.write(`${line}\n`)
    return (await text(control)).trim()
  }

  async function setState(backend: number, state: 'maint' | 'ready'): Promise<void> {
    const answer = await command(`set server application/${backend} state ${state}`)
    if (answer !== '') throw new Error(`HAProxy answered: ${answer}`)
  }

  async function isUp(backend: number): Promise<boolean> {
    const [head, ...servers] = (await command('show stat')).split('\n').map((line) => line.split(','))
    const server = servers.find(([proxy, name]) => proxy === 'application' && name === String(backend))
    return server?.[head!.indexOf('status')] === 'UP'
  }

  return {
    port,
    takeOut: (backend) => setState(backend, 'maint'),
    putBack: (backend) => setState(backend, 'ready'),
    async untilUp(backend) {
      for (let tries = 0; tries < 200; tries++) {
        if (await isUp(backend)) return
        await pause(50)
      }
      throw new Error(`HAProxy does not see backend ${backend}.`)
    },
    async stop() {
      await endProcess(child)
      await rm(folder, { recursive: true })
    },
  }
}

/**
 * A backend that refuses connections is left out until it answers again; else all retries of a request can fall to it.
 *
 * What is advised against, and done all the same: any request, one that changes something too, is sent to the other backend when its
 * answer does not come, though the first one may have carried it out.
 */
function configurationFor(port: number, socket: string, backends: readonly number[]): string {
  const servers = backends.map((backend, index) => `    server ${index} 127.0.0.1:${backend}`)
  return `
global
    stats socket ${socket} mode 600 level admin

defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout check 2s
    retries 5
    option redispatch 1
    retry-on all-retryable-errors

frontend web
    bind 127.0.0.1:${port}
    default_backend application

backend application
    balance roundrobin
    default-server check inter 100ms fall 1 rise 1 observe layer4 error-limit 1 on-error mark-down
${servers.join('\n')}
`
}
