import type { NextConfig } from 'next'
import { fileURLToPath } from 'node:url'

// An application that has installed Sessera needs nothing of this. Here, Next would find its sources instead.
const root = fileURLToPath(new URL('.', import.meta.resolve('sessera/package.json')))
const resolveAlias = {
  sessera: '../../../../dist/index.js',
  'sessera/next': '../../../../dist/next.js',
  'sessera/device': '../../../../dist/device.js',
}

export default { turbopack: { root, resolveAlias } } satisfies NextConfig
