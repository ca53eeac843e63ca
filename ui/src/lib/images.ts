/** What is known of an image before anything is drawn or fetched. Pure. */

export type Picture =
  | { kind: "inline"; url: string; type: string; bytes: number; width: number; height: number }
  | { kind: "remote"; url: string; host: string }
  | { kind: "refused"; text: string; reason: string };

/** Larger ones are not drawn: an image of few bytes can take gigabytes once it is unpacked. */
const BYTES_MAX = 8 * 2 ** 20;
const PIXELS_MAX = 40e6;
const HEAD_CHARS = 256 * 1024;

type Size = { width: number; height: number };

function binary(base64: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
  } catch {
    return undefined;
  }
}

function text(bytes: Uint8Array, from: number, to: number): string {
  return String.fromCharCode(...bytes.subarray(from, to));
}

/** The frame header of a JPEG, wherever it stands. */
function jpeg(view: DataView): Size | undefined {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const mark = view.getUint8(at + 1);
    if (mark >= 0xc0 && mark <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(mark)) return { height: view.getUint16(at + 5), width: view.getUint16(at + 7) };
    at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function webp(bytes: Uint8Array, view: DataView): Size | undefined {
  switch (text(bytes, 12, 16)) {
    case "VP8 ":
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff };
    case "VP8L": {
      const bits = view.getUint32(21, true);
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 };
    }
    case "VP8X":
      return { width: (view.getUint32(24, true) & 0xffffff) + 1, height: (view.getUint32(27, true) & 0xffffff) + 1 };
    default:
      return undefined;
  }
}

/** Width and height as the file's own head says; undefined where it is none of the four formats that are drawn. Exported for tests. */
export function sizeOf(bytes: Uint8Array): (Size & { type: string }) | undefined {
  if (bytes.length < 32) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const found = (type: string, size: Size | undefined) => size && { type, ...size };
  if (text(bytes, 1, 4) === "PNG") return found("image/png", { width: view.getUint32(16), height: view.getUint32(20) });
  if (text(bytes, 0, 3) === "GIF") return found("image/gif", { width: view.getUint16(6, true), height: view.getUint16(8, true) });
  if (text(bytes, 0, 4) === "RIFF" && text(bytes, 8, 12) === "WEBP") return found("image/webp", webp(bytes, view));
  if (view.getUint16(0) === 0xffd8) return found("image/jpeg", jpeg(view));
  return undefined;
}

/** What an image's address is, and whether it may be drawn. Only formats whose size can be told from their head are. */
export function picture(source: string): Picture {
  if (/^https?:\/\//i.test(source)) {
    try {
      const url = new URL(source);
      return { kind: "remote", url: url.href, host: url.host };
    } catch {
      return { kind: "refused", text: source.slice(0, 200), reason: "its address cannot be read" };
    }
  }
  const inline = /^data:([\w.+/-]*)[^,]{0,100}?;base64,/i.exec(source);
  if (!inline) return { kind: "refused", text: source.slice(0, 200), reason: "it did not come along" };
  const data = source.slice(inline[0].length).replaceAll(/\s/g, "");
  const bytes = Math.floor((data.length * 3) / 4);
  const type = inline[1] ?? "";
  if (bytes > BYTES_MAX) return { kind: "refused", text: type, reason: "it is larger than 8 MiB" };
  const head = binary(data.length > HEAD_CHARS ? data.slice(0, HEAD_CHARS) : data);
  if (!head) return { kind: "refused", text: type, reason: "its bytes are damaged" };
  const size = sizeOf(head);
  if (!size) return { kind: "refused", text: type, reason: "only PNG, JPEG, GIF and WebP are drawn" };
  if (size.width * size.height > PIXELS_MAX) return { kind: "refused", text: size.type, reason: `${size.width} × ${size.height} pixels are too many` };
  return { kind: "inline", url: `data:${size.type};base64,${data}`, bytes, ...size };
}
