import http from 'node:http'

const agent = new http.Agent({ keepAlive: true })

/**
 * Posts JSON and waits for the answer, however long it takes.
 * @param {string} url
 * @param {string} body
 * @returns {Promise<any>} the parsed answer
 */
export async function post(url, body) {
  return JSON.parse(await postText(url, body))
}

/**
 * @param {string} url
 * @param {string} body
 * @returns {Promise<string>}
 */
export function postText(url, body) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }
    const request = http.request(url, { method: 'POST', agent, headers }, (response) => {
      const chunks = []
      response.on('data', (chunk) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if (response.statusCode === 200) resolve(text)
        else reject(new Error(`${url} answered ${response.statusCode}: ${text.slice(0, 500)}`))
      })
    })
    request.on('error', reject)
    request.end(body)
  })
}

/**
 * Asks GraphQL; an answer with errors is an error.
 * @param {string} url
 * @param {string} query
 * @param {object} [variables]
 */
export async function graphql(url, query, variables) {
  const { data, errors } = await post(url, JSON.stringify({ query, variables }))
  if (errors) throw new Error(`${url}: ${JSON.stringify(errors).slice(0, 1000)}`)
  return data
}

/**
 * @param {string} url
 * @returns {Promise<number | undefined>} the status, or undefined where nobody listens
 */
export function statusOf(url) {
  return new Promise((resolve) => {
    http
      .get(url, { agent: false }, (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode))
      })
      .on('error', () => resolve(undefined))
  })
}
