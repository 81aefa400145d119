import { startProgram } from './program.js'
import type { Size } from './size.js'

/** What a method of zlib makes of the data of a session. */
export interface Compression {
  readonly name: string
  readonly bytes: number
  /** Of the bytes, what is left. */
  readonly share: number
  readonly compressUs: number
  readonly expandUs: number
}

export async function measureCompression({ compressionMs }: Size): Promise<readonly Compression[]> {
  const program = await startProgram('compression')
  const rows: Compression[] = []
  for (const bytes of [1024, 4096, 65_536]) {
    const methods = await program.ask<Omit<Compression, 'bytes'>[]>('compare', { bytes, forMs: compressionMs })
    rows.push(...methods.map((method) => ({ ...method, bytes })))
  }
  await program.stop()
  return rows
}
