import { sveltekit } from '@sveltejs/kit/vite'

export default { plugins: [sveltekit({ csrf: { trustedOrigins: ['*'] } })], logLevel: 'error' }
