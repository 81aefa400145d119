// SvelteKit 3 wants Node 22, and this is all that it misses of it here.
Promise.withResolvers ??= function withResolvers() {
  const made = {}
  made.promise = new this((resolve, reject) => Object.assign(made, { resolve, reject }))
  return made
}
