/** Keys by which callers are known, and browsers that logged in. Of secrets nothing but hashes passes here. */
import type { Caller } from '../model/caller.ts'
import type { Sql } from './database.ts'
import type { ApiKey } from './entities/api-key.ts'

/** A key as it may be shown. */
export type KnownKey = Omit<ApiKey, 'secretHash'>

const COLUMNS = `id, name, role, team_ids AS "teamIds", user_ids AS "userIds", sources, created_by AS "createdBy",
  created_at AS "createdAt", expires_at AS "expiresAt", revoked_at AS "revokedAt", last_used_at AS "lastUsedAt"`

const IS_VALID = '(revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now()))'

/** How a key is given: everything but what becomes of it. */
export type NewKey = Pick<
  KnownKey,
  'id' | 'name' | 'role' | 'teamIds' | 'userIds' | 'sources' | 'createdBy' | 'expiresAt'
>

export async function insertKey(sql: Sql, key: NewKey, secretHash: string): Promise<KnownKey> {
  const { id, name, role, teamIds, userIds, sources, createdBy, expiresAt } = key
  const [made] = await sql<KnownKey>(
    `INSERT INTO api_key (id, name, role, team_ids, user_ids, sources, created_by, expires_at, secret_hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) RETURNING ${COLUMNS}`,
    [id, name, role, json(teamIds), json(userIds), json(sources), createdBy, expiresAt, secretHash],
  )
  if (!made) throw new Error('Broken invariant: an INSERT gave no row.')
  return made
}

function json(names: readonly string[] | null): string | null {
  return names && JSON.stringify(names)
}

/** Every key, also those that aren't valid any more, the newest first. */
export function allKeys(sql: Sql): Promise<KnownKey[]> {
  return sql(`SELECT ${COLUMNS} FROM api_key ORDER BY created_at DESC, id DESC`)
}

/** From now on it is nobody's, nor are the browsers that logged in with it. Null where there is none. */
export async function revokeKey(sql: Sql, id: string): Promise<KnownKey | null> {
  const [revoked] = await sql<KnownKey>(
    `UPDATE api_key SET revoked_at = coalesce(revoked_at, now()) WHERE id = $1 RETURNING ${COLUMNS}`,
    [id],
  )
  return revoked ?? null
}

/** The key of a secret that is valid now, and whether it is time to write down that it was used. */
export async function keyOf(sql: Sql, secretHash: string): Promise<(KnownKey & { isUseDue: boolean }) | null> {
  const [found] = await sql<KnownKey & { isUseDue: boolean }>(
    `SELECT ${COLUMNS}, ${IS_USE_DUE} AS "isUseDue" FROM api_key WHERE secret_hash = $1 AND ${IS_VALID}`,
    [secretHash],
  )
  return found ?? null
}

const IS_USE_DUE = `(last_used_at IS NULL OR last_used_at < now() - interval '1 minute')`

export async function markUsed(sql: Sql, id: string): Promise<void> {
  await sql(`UPDATE api_key SET last_used_at = now() WHERE id = $1 AND ${IS_USE_DUE}`, [id])
}

/** Who logged in: by a key, which must be valid still, or as an issuer said. */
export type LoggedIn = { keyId: string; caller: null } | { keyId: null; caller: Caller }

/** So many browsers are logged in at once by a key, or as one whom an issuer named; of more, those that were last. */
export const MOST_SESSIONS = 100

export async function insertSession(sql: Sql, tokenHash: string, who: LoggedIn, hours: number): Promise<void> {
  await sql('DELETE FROM login_session WHERE expires_at < now()')
  await sql(
    `INSERT INTO login_session (token_hash, key_id, caller, expires_at)
     VALUES ($1, $2, $3, now() + make_interval(hours => $4))`,
    [tokenHash, who.keyId, who.caller && JSON.stringify(who.caller), hours],
  )
  await sql(
    `DELETE FROM login_session WHERE token_hash IN (
       SELECT token_hash FROM login_session
       WHERE key_id IS NOT DISTINCT FROM $1 AND caller->>'id' IS NOT DISTINCT FROM $2
       ORDER BY expires_at DESC OFFSET $3 FOR UPDATE SKIP LOCKED)`,
    [who.keyId, who.caller?.id ?? null, MOST_SESSIONS],
  )
}

/** Who is logged in by a token that is valid now: the key that was given, or whom an issuer named. */
export async function sessionOf(
  sql: Sql,
  tokenHash: string,
): Promise<{ key: KnownKey; caller: null } | { key: null; caller: Caller } | null> {
  const [found] = await sql<{ keyId: string | null; caller: Caller | null }>(
    'SELECT key_id AS "keyId", caller FROM login_session WHERE token_hash = $1 AND expires_at > now()',
    [tokenHash],
  )
  if (found?.caller) return { key: null, caller: found.caller }
  if (!found?.keyId) return null
  const [key] = await sql<KnownKey>(`SELECT ${COLUMNS} FROM api_key WHERE id = $1 AND ${IS_VALID}`, [found.keyId])
  return key ? { key, caller: null } : null
}

export async function endSession(sql: Sql, tokenHash: string): Promise<void> {
  await sql('DELETE FROM login_session WHERE token_hash = $1', [tokenHash])
}
