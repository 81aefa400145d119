import { withHosts } from './hosts.js'
import { describeHost } from './virtual-cases.js'
import { virtualHosts } from './virtual-hosts.js'

withHosts()

for (const [host, ask] of Object.entries(virtualHosts)) describeHost(host, ask)
