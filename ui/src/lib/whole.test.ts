import { expect, test } from "vitest";
import { whole } from "./whole";

test("a bucket is told of at its end; one that begins before the stretch or is not over is left out", () => {
  const buckets = { times_ms: [0, 60, 120, 180], step_ms: 60 };
  expect(whole(buckets, [[1, 2, null, 4], [5, 6, 7, 8]], 10, 200)).toEqual({ times: [120, 180], values: [[2, null], [6, 7]] });
  expect(whole(buckets, [[1, 2, 3, 4]], 300, 400)).toEqual({ times: [], values: [[]] });
});
