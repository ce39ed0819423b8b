/** Loaded into a process of the service, it says on SIGUSR2 what time its processor took, and how much memory it holds once what nobody needs is gone. */
process.on('SIGUSR2', () => {
  const cpu = worked()
  for (let i = 0; i < 3; i++) globalThis.gc?.()
  const { rss, heapUsed } = process.memoryUsage()
  process.stdout.write(`${JSON.stringify({ msg: 'memory', rss, heapUsed, cpu, cpuThen: worked() })}\n`)
})

function worked() {
  const { user, system } = process.cpuUsage()
  return user + system
}
