import { describe, expect, test } from "vitest";
import { picture, sizeOf } from "./images";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAIAAAADCAYAAAC56t6BAAAAFklEQVR4nGNk+M/wn4GBgYGJAQoAHxcCAq+8bHcAAAAASUVORK5CYII=";
const bytes = (...values: number[]) => Uint8Array.from([...values, ...new Array<number>(40).fill(0)]);
const ascii = (text: string) => [...text].map((c) => c.charCodeAt(0));

describe("the size is read from the head of the file", () => {
  test.each([
    ["PNG", bytes(0x89, ...ascii("PNG"), 13, 10, 26, 10, 0, 0, 0, 13, ...ascii("IHDR"), 0, 0, 2, 0, 0, 0, 1, 0), { type: "image/png", width: 512, height: 256 }],
    ["GIF", bytes(...ascii("GIF89a"), 0x2c, 1, 0x90, 0), { type: "image/gif", width: 300, height: 144 }],
    ["JPEG", bytes(0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xc2, 0, 17, 8, 1, 0, 2, 0), { type: "image/jpeg", width: 512, height: 256 }],
    ["WebP", bytes(...ascii("RIFF"), 0, 0, 0, 0, ...ascii("WEBPVP8X"), 10, 0, 0, 0, 0, 0, 0, 0, 0xff, 1, 0, 0xff, 0, 0), { type: "image/webp", width: 512, height: 256 }],
  ])("%s", (_, file, size) => expect(sizeOf(file)).toEqual(size));

  test.each([["nothing", new Uint8Array()], ["text", bytes(...ascii("<svg onload=alert(1)>"))], ["a JPEG without a frame", bytes(0xff, 0xd8)]])("%s has none", (_, file) => {
    expect(sizeOf(file)).toBeUndefined();
  });
});

describe("what may be drawn", () => {
  test("an inline PNG, under the type that its bytes have", () => {
    expect(picture(`data:text/html;base64,${PNG}`)).toMatchObject({ kind: "inline", type: "image/png", width: 2, height: 3, url: `data:image/png;base64,${PNG}` });
  });
  test("a remote one is told by its host and not fetched", () => {
    expect(picture("https://example.com/a.png?x=1")).toEqual({ kind: "remote", url: "https://example.com/a.png?x=1", host: "example.com" });
  });
  test.each([
    ["an SVG", `data:image/svg+xml;base64,${btoa("<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'></svg>")}`],
    ["a script", "javascript:alert(1)"],
    ["damaged bytes", "data:image/png;base64,!!!!"],
    ["a bomb", `data:image/png;base64,${btoa(String.fromCharCode(0x89, ...ascii("PNG"), 13, 10, 26, 10, 0, 0, 0, 13, ...ascii("IHDR"), 0, 1, 0, 0, 0, 1, 0, 0, ...new Array<number>(20).fill(0)))}`],
    ["too many bytes", `data:image/png;base64,${"A".repeat(12 * 2 ** 20)}`],
    ["a name", "image/png"],
  ])("not %s", (_, source) => expect(picture(source).kind).toBe("refused"));
});
