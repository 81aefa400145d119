import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { checkTrees, type PageFile, type Tree } from './tree.js'

// As lmdb lays its file out on these machines, which have little-endian words of 64 bits. The first two pages are meta pages, written
// in turn; the one with the newer transaction counts.
const knownMachines = ['x64', 'arm64']
const metaAt = { flags: 18, magic: 24, version: 28, pageSize: 48, lastPage: 144, transaction: 152 } as const
const treesAt = [48, 96] as const
const metaLength = 168
const metaFlag = 0x08
const magic = Buffer.from('dec0efbe', 'hex')
const dataVersion = 2

const damaged =
  'is damaged (cut off, or overwritten with something else): put a copy of it back, or remove the folder to start without sessions'
const notLmdb = `is not an lmdb database, or ${damaged}`

interface Meta {
  readonly pageSize: number
  readonly lastPage: number
  readonly transaction: bigint
  readonly trees: readonly Tree[]
}

/**
 * Throws on a file that is not lmdb's own, is shorter than what it should contain, or has pages that are no pages: lmdb itself
 * would crash the process on it. Nobody may write to the file meanwhile. A missing or empty one is new.
 */
export function checkDatabaseFile(path: string): void {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  try {
    const problem = problemOf(file)
    if (problem !== undefined) throw new Error(`${path} ${problem}`)
  } finally {
    closeSync(file)
  }
}

function problemOf(file: number): string | undefined {
  const { size } = fstatSync(file)
  if (size === 0) return undefined
  const head = Buffer.alloc(64)
  readSync(file, head, 0, head.length, 0)
  const magicAt = head.indexOf(magic)
  if (magicAt === -1) return notLmdb
  // Of another layout, lmdb itself says what it thinks of it.
  if (!knownMachines.includes(process.arch)) return undefined
  if (magicAt === metaAt.magic && (head.readUInt32LE(metaAt.version) & 0xffff) !== dataVersion) return undefined
  const first = readMeta(file, 0)
  if (first === undefined) return notLmdb
  const second = readMeta(file, first.pageSize)
  if (second === undefined || second.pageSize !== first.pageSize) return damaged
  const { pageSize, lastPage, trees } = second.transaction > first.transaction ? second : first
  const pages: PageFile = {
    pageSize,
    lastPage,
    wholePages: Math.floor(size / pageSize),
    read: readerOf(file, pageSize),
  }
  return checkTrees(pages, trees) ? undefined : damaged
}

function readMeta(file: number, position: number): Meta | undefined {
  const bytes = Buffer.alloc(metaLength)
  if (readSync(file, bytes, 0, metaLength, position) < metaLength) return undefined
  const isMeta = (bytes.readUInt16LE(metaAt.flags) & metaFlag) !== 0 && bytes.indexOf(magic) === metaAt.magic
  if (!isMeta || (bytes.readUInt32LE(metaAt.version) & 0xffff) !== dataVersion) return undefined
  const pageSize = bytes.readUInt32LE(metaAt.pageSize)
  if (pageSize < 256 || pageSize > 65_536 || (pageSize & (pageSize - 1)) !== 0) return undefined
  return {
    pageSize,
    lastPage: Number(bytes.readBigUInt64LE(metaAt.lastPage)),
    transaction: bytes.readBigUInt64LE(metaAt.transaction),
    trees: treesAt.map((at, index) => ({ ...readTree(bytes, at), isFreeList: index === 0 })),
  }
}

/** What stands about a tree in a meta page. */
function readTree(bytes: Buffer, at: number): Omit<Tree, 'isFreeList'> {
  return { depth: bytes.readUInt16LE(at + 6), root: Number(bytes.readBigUInt64LE(at + 40)) }
}

function readerOf(file: number, pageSize: number): PageFile['read'] {
  return (page, bytes) => readSync(file, bytes, 0, bytes.length, page * pageSize) === bytes.length
}
