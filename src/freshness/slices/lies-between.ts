/**
 * SQL for the condition that a row of `slice`, called so, lies between two dates. Either end alone would say it; but an end
 * that is not said is one that Postgres counts on searching for, value by value, and then it would rather read the whole
 * table each time.
 */
export function liesBetween(slice: string, first: string, last: string): string {
  return `${slice}.start_date BETWEEN ${first} AND ${last} AND ${slice}.end_date BETWEEN ${first} AND ${last}`
}
