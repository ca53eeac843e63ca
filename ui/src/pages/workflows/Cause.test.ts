import { expect, test } from "vitest";
import { firstFailed } from "./Cause";

test("a failure began where a span failed first, not in those around it", () => {
  const span = (name: string, second: number, seconds: number) => ({ name, start_time: new Date(second * 1000).toISOString(), duration_ns: seconds * 1e9 });
  expect(firstFailed([span("root", 0, 9), span("tool", 3, 1), span("agent", 1, 5), span("later", 6, 2)])?.name).toBe("tool");
  expect(firstFailed([])).toBeUndefined();
});
