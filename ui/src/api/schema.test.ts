import { expect, test } from "vitest";
// @ts-expect-error a script without types
import { types } from "../../scripts/api.mjs";
import written from "./schema.ts?raw";

test("the types are those of the document; otherwise run `make api` and commit", async () => {
  expect(written === (await types())).toBe(true);
}, 60_000);
