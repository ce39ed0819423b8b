import { FAULTS } from './faults.mjs'

/** One line a fault: whether it was borne, how long that took, and what was seen; what failed, below it. */
export default class FaultReporter {
  asked = FAULTS.filter(({ name }) => process.env.FAULTS_ASKED?.split(',').includes(name))
  results = new Map()
  failed = 0
  told = new Set()
  began = Date.now()

  onTestFileResult(test, result) {
    const said = (result.console ?? []).filter(({ type }) => type === 'info').map(({ message }) => message)
    // Jest lets go of what was said once this returns.
    this.results.set(this.fileOf(test.path), { ...result, said })
    for (const fault of this.asked) {
      if (!this.told.has(fault) && fault.files.every((file) => this.results.has(file))) this.tell(fault)
    }
  }

  onRunComplete() {
    const seconds = ((Date.now() - this.began) / 1_000).toFixed(0)
    const missing = this.asked.filter((fault) => !this.told.has(fault)).map(({ name }) => name)
    this.failed += missing.length
    if (missing.length > 0) process.stdout.write(`not tried to the end: ${missing.join(', ')}\n`)
    process.stdout.write(
      `${this.asked.length - this.failed} of ${this.asked.length} faults were borne, in ${seconds} s\n`,
    )
  }

  getLastError() {
    return this.failed > 0 ? new Error(`${this.failed} faults were not borne.`) : undefined
  }

  fileOf(path) {
    return FAULTS.flatMap(({ files }) => files).find((file) => path.endsWith(`/${file}`))
  }

  tell(fault) {
    this.told.add(fault)
    const results = fault.files.map((file) => this.results.get(file))
    const tests = results.flatMap(({ testResults }) => testResults)
    const isBorne =
      results.every(({ numFailingTests, testExecError }) => numFailingTests === 0 && !testExecError) &&
      tests.some(({ status }) => status === 'passed')
    if (!isBorne) this.failed += 1
    const ms = results.reduce((sum, { perfStats }) => sum + perfStats.end - perfStats.start, 0)
    const skipped = tests.filter(({ status }) => status === 'pending').length
    const seen = [
      ...results.flatMap(({ said }) => said),
      `${tests.length - skipped} tests${skipped > 0 ? `, ${skipped} skipped` : ''}`,
    ]
    const line = `${isBorne ? 'borne ' : 'FAILED'} ${fault.name.padEnd(18)} ${(ms / 1_000).toFixed(1).padStart(6)} s  ${seen.join('; ')}`
    process.stdout.write(`${line}\n`)
    for (const { failureMessage } of results) if (failureMessage) process.stdout.write(`${failureMessage}\n`)
  }
}
