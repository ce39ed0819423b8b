/** Loaded into a process of the service, it says on SIGUSR2 how much memory that holds once what nobody needs is gone. */
process.on('SIGUSR2', () => {
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { rss, heapUsed, external } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ msg: 'memory', rss, heapUsed, external })}\n`)
})
