import { closeSync, openSync, readSync, statSync } from 'node:fs'
import { checkTrees, readTree, type Meta } from './tree-check.js'

// The file layout of lmdb on these machines, which have little-endian words of 64 bits. The first two pages are meta pages, written in
// turn; the one with the newer transaction counts.
const knownMachines = ['x64', 'arm64']
const metaAt = { flags: 18, magic: 24, version: 28, pageSize: 48, lastPage: 144, transaction: 152 } as const
const treesAt = { freeList: 48, databases: 96 } as const
const metaLength = 168
const metaFlag = 0x08
const magic = Buffer.from('dec0efbe', 'hex')
const dataVersion = 2

const damaged = 'is damaged (truncated or overwritten): restore a copy, or remove the folder to start without sessions'
const notLmdb = `is not an lmdb database, or ${damaged}`

/**
 * Throws if a file is not an lmdb database, is shorter than its content, or has damaged pages: lmdb would crash the process. The file must
 * not be written meanwhile. A missing or empty file is new, and fine.
 */
export function checkDatabaseFile(path: string): void {
  const size = statSync(path, { throwIfNoEntry: false })?.size ?? 0
  if (size === 0) return
  const file = openSync(path, 'r')
  try {
    const problem = findProblem(file, size)
    if (problem !== undefined) throw new Error(`${path} ${problem}`)
  } finally {
    closeSync(file)
  }
}

function findProblem(file: number, size: number): string | undefined {
  const head = Buffer.alloc(64)
  readSync(file, head, 0, head.length, 0)
  const magicAt = head.indexOf(magic)
  if (magicAt === -1) return notLmdb
  // Files of another layout are left to lmdb, which has errors of its own for them.
  if (!knownMachines.includes(process.arch)) return undefined
  if (magicAt === metaAt.magic && versionIn(head) !== dataVersion) return undefined
  const first = readMeta(file, 0)
  if (first === undefined) return notLmdb
  const second = readMeta(file, first.pageSize)
  if (second?.pageSize !== first.pageSize) return damaged
  const newest = second.transaction > first.transaction ? second : first
  return checkTrees(file, size, newest) ? undefined : damaged
}

function readMeta(file: number, position: number): Meta | undefined {
  const bytes = Buffer.alloc(metaLength)
  if (readSync(file, bytes, 0, metaLength, position) < metaLength) return undefined
  const isMeta = (bytes.readUInt16LE(metaAt.flags) & metaFlag) !== 0 && bytes.indexOf(magic) === metaAt.magic
  if (!isMeta || versionIn(bytes) !== dataVersion) return undefined
  const pageSize = bytes.readUInt32LE(metaAt.pageSize)
  if (pageSize < 256 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined
  return {
    pageSize,
    lastPage: Number(bytes.readBigUInt64LE(metaAt.lastPage)),
    transaction: bytes.readBigUInt64LE(metaAt.transaction),
    trees: [
      { ...readTree(bytes, treesAt.freeList), content: 'free-list' },
      { ...readTree(bytes, treesAt.databases), content: 'data' },
    ],
  }
}

function versionIn(meta: Buffer): number {
  return meta.readUInt32LE(metaAt.version) & 0xffff
}
