import { describe, it } from 'vitest'
import { trpcHarness } from './harness.js'
import { describeAdapterWithout, notOfTrpc, notOfTrpcOnNode } from './left-out.js'

const runner = { describe, it }
const onNode = { ...notOfTrpc, ...notOfTrpcOnNode }
const standalone = trpcHarness('the standalone server', 'mutation')
const onFetch = trpcHarness('a server of fetch', 'batch')

describeAdapterWithout(onNode, runner, 'queries of tRPC behind Express', trpcHarness('Express', 'query'))
describeAdapterWithout(onNode, runner, 'mutations of tRPC on its standalone server', standalone)
describeAdapterWithout(notOfTrpc, runner, 'batches of tRPC behind a server of fetch', onFetch)
