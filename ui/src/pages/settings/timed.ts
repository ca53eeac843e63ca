/** Moments in Unix seconds as people and programs read them: `created_at_s: 60` → `created_at: "1970-01-01T00:01:00.000Z"`; null where there is none. */
export function timed(record: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => (name.endsWith("_at_s") ? [name.slice(0, -2), value ? new Date(value * 1000).toISOString() : null] : [name, value])));
}
