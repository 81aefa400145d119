// What zlib makes of session data, and how long it takes.
import zlib from 'node:zlib'
import { answerWith } from './answer.mjs'
import { dataOf } from './data.mjs'

const { constants } = zlib
const brotli = { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }
const methods = {
  'deflate, level 1': { compress: (text) => zlib.deflateRawSync(text, { level: 1 }), expand: zlib.inflateRawSync },
  'brotli, quality 1': { compress: (text) => zlib.brotliCompressSync(text, brotli), expand: zlib.brotliDecompressSync },
  // From Node 22.15 on.
  'zstd, level 1': zlib.zstdCompressSync && {
    compress: (text) => zlib.zstdCompressSync(text, { params: { [constants.ZSTD_c_compressionLevel]: 1 } }),
    expand: zlib.zstdDecompressSync,
  },
}

/** For each method: which share of the bytes is left, and µs for compressing and for expanding one record. */
function compare({ bytes, forMs }) {
  const texts = Array.from({ length: 32 }, (_, number) => JSON.stringify(dataOf(bytes, number)))
  const rows = Object.entries(methods).filter(([, method]) => method !== undefined)
  return rows.map(([name, { compress, expand }]) => {
    const packed = texts.map((text) => compress(text))
    if (packed.some((each, index) => expand(each).toString() !== texts[index]))
      throw new Error(`${name} lost something`)
    return {
      name,
      share: packed.reduce((sum, { length }) => sum + length, 0) / (bytes * texts.length),
      compressUs: timeOf((index) => compress(texts[index]), forMs),
      expandUs: timeOf((index) => expand(packed[index]).toString(), forMs),
    }
  })
}

/** µs of one call, the median of five rounds after a warm-up. */
function timeOf(call, forMs) {
  const rounds = Array.from({ length: 6 }, () => {
    const started = performance.now()
    let calls = 0
    while (performance.now() - started < forMs) for (let turn = 0; turn < 32; turn += 1, calls += 1) call(turn)
    return ((performance.now() - started) * 1000) / calls
  })
  return rounds.slice(1).sort((one, other) => one - other)[2]
}

answerWith({ compare })
process.send({ answer: 'ready' })
