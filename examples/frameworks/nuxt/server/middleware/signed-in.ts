const signedIn = requireUser()

export default defineEventHandler((event) => {
  if (event.path.startsWith('/api/sessions')) signedIn(event)
})
