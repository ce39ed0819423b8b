export const POSTGRES_URL_ADVICE = 'must be a URL such as postgres://user:password@host:5432/database'

export const SOURCE_URL_ADVICE = `${POSTGRES_URL_ADVICE}, mysql://user:password@host:3306/database or file:///path/rows.csv`

export function isPostgresUrl(text: string): boolean {
  return isDatabaseUrl(text, /^postgres(ql)?:/)
}

export const BROKER_URL_ADVICE =
  'must be a URL such as nats://host:4222 or tls://user:password@host:4222, or several with commas between them'

export function isBrokerUrl(text: string): boolean {
  return text.split(',').every((each) => {
    if (!/^(nats|tls):\/\/./.test(each) || !URL.canParse(each) || !isDecodable(each)) return false
    const { host, pathname, search, hash } = new URL(each)
    return host !== '' && /^\/?$/.test(pathname) && search === '' && hash === ''
  })
}

export function isWebUrl(text: string): boolean {
  return /^https?:\/\/./.test(text) && URL.canParse(text)
}

/** Whether it is one that a driver of sources takes. */
export function isSourceUrl(text: string): boolean {
  return isDatabaseUrl(text, /^(postgres(ql)?|mysql|mariadb):/) || isFileUrl(text)
}

/** Nothing of a user's password may stand where another part of the URL is read: that would be printed with it. */
function isDatabaseUrl(text: string, protocol: RegExp): boolean {
  if (!protocol.test(text) || !/^\w+:\/\//.test(text) || !URL.canParse(text) || !isDecodable(text)) return false
  const { pathname, searchParams, hash } = new URL(text)
  return /^(\/[^/@]*)?$/.test(pathname) && [...searchParams.keys()].every((key) => /^\w+$/.test(key)) && hash === ''
}

/** Of this machine, its path whole. */
function isFileUrl(text: string): boolean {
  if (!/^file:\/\/\/./.test(text) || !URL.canParse(text) || !isDecodable(text)) return false
  const { search, hash } = new URL(text)
  return search === '' && hash === ''
}

/** A `%` that begins no code would be found by the driver only. */
function isDecodable(text: string): boolean {
  return !/%(?![0-9a-f]{2})/i.test(text)
}

/** Where a server is found, and nothing behind that. */
export function isOrigin(text: string): boolean {
  return isWebUrl(text) && text.replace(/\/$/, '').toLowerCase() === new URL(text).origin
}

/** Whether nobody on the way can read or change what is asked there: by TLS, or on this machine. */
export function isSafeFromOthers(text: string): boolean {
  return (
    isWebUrl(text) && (text.startsWith('https:') || /^(localhost|127(\.\d+){3}|\[::1\])$/.test(new URL(text).hostname))
  )
}
