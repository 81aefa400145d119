import { readSync } from 'node:fs'

/** What a meta page says about its file, which consists of pages. */
export interface Meta {
  readonly pageSize: number
  /** The last page in use. Free ones after it may be missing in the file. */
  readonly lastPage: number
  readonly transaction: bigint
  readonly trees: readonly Tree[]
}

/** A B-tree in the file, or a part of one. */
export interface Tree {
  readonly page: number
  /** How many levels it has; 1 is a leaf. */
  readonly depth: number
  /** The values of a free list are lists of free pages. */
  readonly content: 'data' | 'free-list'
}

// A page: its number, its kind, and where the list of its nodes and its free space end. An overflow page has a count of pages instead.
const pageAt = { number: 0, flags: 18, lower: 20, upper: 22, count: 20, nodes: 24 } as const
const header = 24
const kinds = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const
const kindMask = 0x2f
// A node: the size of its value, or the page below; flags, or the rest of the page number; the size of its key.
const nodeAt = { low: 0, flags: 4, keySize: 6, key: 8 } as const
const nodeFlags = { overflow: 0x01, tree: 0x02, duplicates: 0x04 } as const
const treeLength = 48
const noRoot = 2 ** 64

// Some 20 MB, which takes less than a tenth of a second. The rest is left to lmdb.
const mostPages = 5000

/** Reads a tree's description in a meta page or a value. */
export function readTree(bytes: Buffer, at: number): Pick<Tree, 'page' | 'depth'> {
  return { depth: bytes.readUInt16LE(at + 6), page: numberAt(bytes, at + 40) }
}

/**
 * Whether trees are intact: each page is where it should be, is of the right kind, and contains its nodes. Keys and values are not
 * checked. Goes level by level, through a limited number of pages unless the end of the file is missing.
 */
export function checkTrees(file: number, size: number, { pageSize, lastPage, trees }: Meta): boolean {
  const wholePages = Math.floor(size / pageSize)
  const budget = wholePages > lastPage ? mostPages : Infinity
  const seen = new Set<number>()
  const page = Buffer.alloc(pageSize)
  // Grows while the loop runs: first all trees, then the parts below them.
  const queue = [...trees]

  for (const tree of queue) {
    if (tree.page === noRoot) continue
    if (seen.size >= budget) return true
    if (!isUnseen(tree.page, 1) || !readPage(tree.page, page) || !checkPage(tree)) return false
  }
  return true

  /** Pages in use that are in the file and that nothing else refers to. */
  function isUnseen(first: number, count: number): boolean {
    if (!(first >= 2) || first + count - 1 > lastPage || first + count > wholePages || seen.has(first)) return false
    seen.add(first)
    return true
  }

  /** Fills `bytes` from the beginning of that page. `false` if there are fewer. */
  function readPage(number: number, bytes: Buffer): boolean {
    return readSync(file, bytes, 0, bytes.length, number * pageSize) === bytes.length
  }

  function checkPage(tree: Tree): boolean {
    if (!isPage(page, tree.page, tree.depth === 1 ? kinds.leaf : kinds.branch)) return false
    // Both count from the end of the header.
    const [lower, upper] = [page.readUInt16LE(pageAt.lower), page.readUInt16LE(pageAt.upper)]
    if (lower % 2 !== 0 || lower > upper || upper > pageSize - header) return false
    for (let at: number = pageAt.nodes; at < header + lower; at += 2) {
      const node = page.readUInt16LE(at) + header
      if (node < header + upper || node + nodeAt.key > pageSize) return false
      const value = node + nodeAt.key + page.readUInt16LE(node + nodeAt.keySize)
      if (!(tree.depth === 1 ? checkValue(node, value, tree) : checkBranch(node, value, tree))) return false
    }
    return true
  }

  function checkBranch(node: number, keyEnd: number, { depth, content }: Tree): boolean {
    queue.push({ page: page.readUIntLE(node + nodeAt.low, 6), depth: depth - 1, content })
    return keyEnd <= pageSize
  }

  function checkValue(node: number, value: number, { content }: Tree): boolean {
    const flags = page.readUInt16LE(node + nodeAt.flags)
    const size = page.readUInt32LE(node + nodeAt.low)
    const isElsewhere = (flags & nodeFlags.overflow) !== 0
    if (value + (isElsewhere ? 8 : size) > pageSize) return false
    if (isElsewhere) return checkOverflow(numberAt(page, value), size, content)
    if (content === 'free-list') return isPageList(page.subarray(value, value + size))
    if ((flags & (nodeFlags.tree | nodeFlags.duplicates)) !== nodeFlags.tree) return true
    if (size < treeLength) return false
    queue.push({ ...readTree(page, value), content })
    return true
  }

  function checkOverflow(first: number, size: number, content: Tree['content']): boolean {
    const count = Math.floor((header - 1 + size) / pageSize) + 1
    const bytes = Buffer.alloc(content === 'free-list' ? header + size : header)
    if (!isUnseen(first, count) || !readPage(first, bytes)) return false
    if (!isPage(bytes, first, kinds.overflow) || bytes.readUInt32LE(pageAt.count) < count) return false
    return content === 'data' || isPageList(bytes.subarray(header))
  }

  /** A count, then so many page numbers; a negative number is the length of a run of pages. */
  function isPageList(bytes: Buffer): boolean {
    const count = bytes.length < 8 ? Infinity : numberAt(bytes, 0)
    if (count * 8 + 8 > bytes.length) return false
    for (let index = 1; index <= count; index++) {
      const entry = bytes.readBigInt64LE(index * 8)
      if (entry > BigInt(lastPage) || entry < -BigInt(lastPage)) return false
    }
    return true
  }
}

function isPage(bytes: Buffer, number: number, kind: number): boolean {
  return numberAt(bytes, pageAt.number) === number && (bytes.readUInt16LE(pageAt.flags) & kindMask) === kind
}

function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at))
}
