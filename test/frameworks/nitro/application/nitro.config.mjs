export default {
  serverDir: 'server',
  preset: 'node-middleware',
  output: { dir: 'build' },
  minify: false,
  sourcemap: false,
}
