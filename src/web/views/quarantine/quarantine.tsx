export function Quarantine() {
  return <h1>Quarantine</h1>
}
