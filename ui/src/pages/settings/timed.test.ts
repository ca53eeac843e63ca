import { expect, test } from "vitest";
import { timed } from "./timed";

test("moments are times in a file, and none is nothing", () => {
  expect(timed({ name: "a", created_at_s: 60, revoked_at_s: null, seen_s: 7 })).toEqual({ name: "a", created_at: "1970-01-01T00:01:00.000Z", revoked_at: null, seen_s: 7 });
});
