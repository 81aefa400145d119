/** A file of pages, as lmdb keeps them. */
export interface PageFile {
  readonly pageSize: number
  /** The last page that is in use, by what the file says. */
  readonly lastPage: number
  /** How many pages the file is long. Free ones at its end may be missing. */
  readonly wholePages: number
  /** Fills the bytes from where that page begins. Whether there were so many. */
  read(page: number, bytes: Buffer): boolean
}

/** A B-tree in such a file. */
export interface Tree {
  readonly root: number
  readonly depth: number
  /** Its values list pages that are free. */
  readonly isFreeList: boolean
}

// Of a page: its number, what it is, and where the list of its nodes and its free space end. An overflow page has the count of its pages.
const pageAt = { number: 0, flags: 18, lower: 20, upper: 22, count: 20, nodes: 24 } as const
const header = 24
const kinds = { branch: 0x01, leaf: 0x02, overflow: 0x04 } as const
const kindMask = 0x2f
// Of a node: the size of its value, or the page below; flags, or the rest of the page's number; the size of its key.
const nodeAt = { low: 0, flags: 4, keySize: 6, key: 8 } as const
const nodeFlags = { overflow: 0x01, tree: 0x02, duplicates: 0x04 } as const
const noRoot = 2 ** 64

// Some 20 MB, which takes less than a tenth of a second. What is beyond is left to lmdb.
const mostPages = 5000

/**
 * Whether the trees hang together: each page is where it is said to be, is what it is said to be, and its nodes are within it. Keys
 * and values are not looked at. Goes level by level, and through so many pages at most, unless the end of the file is missing.
 */
export function checkTrees(file: PageFile, trees: readonly Tree[]): boolean {
  const { pageSize, lastPage, wholePages } = file
  const budget = wholePages > lastPage ? mostPages : Infinity
  const seen = new Set<number>()
  const page = Buffer.alloc(pageSize)
  let level: readonly Place[] = trees.flatMap(placeOfRoot)

  while (level.length > 0) {
    const below: Place[] = []
    for (const place of level) {
      if (seen.size >= budget) return true
      if (!isFresh(place.page, 1) || !file.read(place.page, page)) return false
      if (!checkPage(place, below)) return false
    }
    level = below
  }
  return true

  /** A page in use that is in the file and that nothing else has led to. */
  function isFresh(first: number, count: number): boolean {
    if (!(first >= 2) || first + count - 1 > lastPage || first + count > wholePages || seen.has(first)) return false
    seen.add(first)
    return true
  }

  function checkPage({ page: number, depth, isFreeList }: Place, below: Place[]): boolean {
    const wanted = depth === 1 ? kinds.leaf : kinds.branch
    if (numberAt(page, pageAt.number) !== number || (page.readUInt16LE(pageAt.flags) & kindMask) !== wanted)
      return false
    // Both count from the end of the header.
    const [lower, upper] = [page.readUInt16LE(pageAt.lower), page.readUInt16LE(pageAt.upper)]
    if (lower % 2 !== 0 || lower > upper || upper > pageSize - header) return false
    for (let at: number = pageAt.nodes; at < header + lower; at += 2) {
      const node = page.readUInt16LE(at) + header
      if (node < header + upper || node + nodeAt.key > pageSize) return false
      const isWhole = depth === 1 ? checkValue(node, isFreeList, below) : checkBranch(node, depth, isFreeList, below)
      if (!isWhole) return false
    }
    return true
  }

  function checkBranch(node: number, depth: number, isFreeList: boolean, below: Place[]): boolean {
    if (node + nodeAt.key + page.readUInt16LE(node + nodeAt.keySize) > pageSize) return false
    below.push({ page: page.readUIntLE(node + nodeAt.low, 6), depth: depth - 1, isFreeList })
    return true
  }

  function checkValue(node: number, isFreeList: boolean, below: Place[]): boolean {
    const flags = page.readUInt16LE(node + nodeAt.flags)
    const size = page.readUInt32LE(node + nodeAt.low)
    const value = node + nodeAt.key + page.readUInt16LE(node + nodeAt.keySize)
    const isElsewhere = (flags & nodeFlags.overflow) !== 0
    if (value + (isElsewhere ? 8 : size) > pageSize) return false
    if (isElsewhere) return checkOverflow(numberAt(page, value), size, isFreeList)
    if (isFreeList) return isList(page.subarray(value, value + size))
    if ((flags & (nodeFlags.tree | nodeFlags.duplicates)) === nodeFlags.tree) {
      if (size < 48) return false
      const depth = page.readUInt16LE(value + 6)
      below.push(...placeOfRoot({ root: numberAt(page, value + 40), depth, isFreeList: false }))
    }
    return true
  }

  function checkOverflow(first: number, size: number, isFreeList: boolean): boolean {
    const count = Math.floor((header - 1 + size) / pageSize) + 1
    const bytes = Buffer.alloc(isFreeList ? header + size : header)
    if (!isFresh(first, count) || !file.read(first, bytes)) return false
    if (numberAt(bytes, pageAt.number) !== first) return false
    if ((bytes.readUInt16LE(pageAt.flags) & kindMask) !== kinds.overflow) return false
    if (bytes.readUInt32LE(pageAt.count) < count) return false
    return !isFreeList || isList(bytes.subarray(header))
  }

  /** How many there are, and the pages; a negative number is the length of a row of them. */
  function isList(bytes: Buffer): boolean {
    const count = bytes.length < 8 ? Infinity : numberAt(bytes, 0)
    if (count * 8 + 8 > bytes.length) return false
    for (let index = 1; index <= count; index++) {
      const entry = bytes.readBigInt64LE(index * 8)
      if (entry > BigInt(lastPage) || entry < -BigInt(lastPage)) return false
    }
    return true
  }
}

interface Place {
  readonly page: number
  /** 1 is the level of the leaves. */
  readonly depth: number
  readonly isFreeList: boolean
}

function placeOfRoot({ root, depth, isFreeList }: Tree): Place[] {
  return root === noRoot ? [] : [{ page: root, depth, isFreeList }]
}

function numberAt(bytes: Buffer, at: number): number {
  return Number(bytes.readBigUInt64LE(at))
}
