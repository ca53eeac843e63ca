import { describe, expect, test } from "vitest";
import { ago, bounds, HOUR, later, MINUTE, parseRange, parseTime, rangeLabel, rangeText, unfinished } from "./time";

describe("ranges in the address", () => {
  test.each(["5m", "15m", "1h", "6h", "24h", "3d", "45s"])("%s survives the way there and back", (text) => {
    const range = parseRange(text);
    expect(range && parseRange(rangeText(range))).toEqual(range);
  });

  test("two points survive", () => {
    const range = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 0, 2) };
    expect(parseRange(rangeText(range))).toEqual(range);
  });

  test.each(["", "1x", "0m", "-5m", "nonsense", "2026-01-02T00:00:00Z~2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"])("%j is no range", (text) => {
    expect(parseRange(text)).toBeUndefined();
  });

  test("a relative range ends now", () => {
    expect(bounds({ last: HOUR }, 10 * HOUR)).toEqual({ from: 9 * HOUR, to: 10 * HOUR });
    expect(rangeLabel({ last: HOUR })).toBe("Last hour");
    expect(rangeLabel({ last: 7 * MINUTE })).toBe("Last 7m");
  });
});

describe("moments", () => {
  test("nanoseconds are kept as fractions", () => {
    expect(parseTime("2026-01-31T12:00:00.123456789Z")).toBeCloseTo(Date.UTC(2026, 0, 31, 12) + 123.456789, 3);
    expect(parseTime("2026-01-31T14:00:00+02:00")).toBe(Date.UTC(2026, 0, 31, 12));
    expect(parseTime("never")).toBeNaN();
  });

  test("how long ago", () => {
    const now = 1_000_000_000_000;
    expect([ago(now, now), ago(now - 12_000, now), ago(now - 3 * MINUTE, now), ago(now - 5 * HOUR, now), ago(now + MINUTE, now), ago(now + 5_000, now)]).toEqual(["just now", "12 s ago", "3 min ago", "5 h ago", "in 1 min", "just now"]);
  });
});

test("so many nanoseconds later, to the nanosecond", () => {
  expect(later("2026-11-26T19:07:54.543154066Z", 4_000_000)).toBe("2026-11-26T19:07:54.547154066Z");
  expect(later("2026-12-31T23:59:59.999999999Z", 1)).toBe("2027-01-01T00:00:00.000000000Z");
});

test("a bucket that is not over, or only just, is not whole yet", () => {
  const times = [0, 10_000, 20_000];
  expect([25_000, 31_000, 34_000].map((now) => unfinished(times, now))).toEqual([2, 2, 3]);
  expect(unfinished(times, 15_000)).toBe(1);
  expect([unfinished([], 5), unfinished([7], 5)]).toEqual([0, 1]);
});
