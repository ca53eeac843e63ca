import { describe, expect, test } from "vitest";
import { bytes, count, duration, money, NONE, percent, plural, quantile, reading, sentence, short, whole } from "./format";

describe("durations", () => {
  test.each([
    [0, "0"],
    [812, "812 ns"],
    [1500, "1.5 µs"],
    [812e6, "812 ms"],
    [1.24e9, "1.24 s"],
    [125e9, "2 min 5 s"],
    [239.6e9, "4 min"],
    [7199e9, "2 h"],
    [3600e9, "1 h"],
    [90_061e9, "1 d 1 h"],
    [-5e6, "−5 ms"],
  ])("%d ns reads as %s", (ns, words) => expect(duration(ns)).toBe(words));

  test("a quantile of buckets has the two digits that are known of it", () => {
    expect([9.37e9, 828e6, 61e9, null].map(quantile)).toEqual(["9.4 s", "830 ms", "1 min 1 s", NONE]);
  });

  test("nothing, and what is no number, reads as a dash", () => {
    expect([duration(null), duration(undefined), duration(NaN), duration(Infinity)]).toEqual([NONE, NONE, NONE, NONE]);
  });
});

describe("numbers", () => {
  test("money keeps two significant digits below a dollar", () => {
    expect([money(0), money(0.00421), money(0.5), money(12.3), money(1204.4), money(2.5e6), money(1e-9)]).toEqual(["$0", "$0.0042", "$0.50", "$12.30", "$1,204", "$2.5M", "<$0.000001"]);
  });

  test("in a column all are whole, so that the larger is the longer", () => {
    expect([87_195, 275_104, 1_187_334].map(whole)).toEqual(["87,195", "275,104", "1,187,334"]);
    expect(whole(2.5e9)).toBe("2.5B");
  });
  test("counts are grouped, then compact", () => {
    expect([count(0), count(1234), count(99_999), count(1_234_567), count(0.12345), count(null)]).toEqual(["0", "1,234", "99,999", "1.23M", "0.123", NONE]);
  });

  test("a small share is not called zero", () => {
    expect([percent(0), percent(0.0004), percent(0.0312), percent(0.999), percent(0.9997), percent(1)]).toEqual(["0 %", "<0.1 %", "3.1 %", "99.9 %", ">99.9 %", "100 %"]);
  });

  test("readings of any size have three digits", () => {
    expect([reading(0), reading(0.00001), reading(3.14159), reading(123456)]).toEqual(["0", "1.0e-5", "3.14", "123K"]);
  });

  test("bytes are binary", () => expect([bytes(0), bytes(1536), bytes(5 * 2 ** 30)]).toEqual(["0 B", "1.5 KiB", "5 GiB"]));
});

test("names", () => {
  expect(plural(1, "span")).toBe("1 span");
  expect(plural(2, "box", "boxes")).toBe("2 boxes");
  expect(short("4bf92f3577b34da6a3ce929d0e0e4736")).toBe("4bf92f35…");
  expect(short("planner-1")).toBe("planner-1");
  expect(sentence("execute_tool")).toBe("Execute tool");
});
