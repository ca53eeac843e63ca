/** Scripts of pages that are asked for while the server may be away. */

const ASK_EVERY_MS = 2000;

/** Whether the server answers at all. A proxy that stands before it and says so itself does not count. */
async function answers(): Promise<boolean> {
  try {
    return (await fetch("/icon.svg", { method: "HEAD", cache: "no-store" })).status < 500;
  } catch {
    return false;
  }
}

let back: Promise<void> | undefined;

/** Resolves when the server answers; however many wait, one asks. */
function returned(): Promise<void> {
  back ??= (async () => {
    while (!(await answers())) await new Promise((done) => setTimeout(done, ASK_EVERY_MS));
    back = undefined;
  })();
  return back;
}

/** `load`, which is tried once more when the server is back. What fails then fails because a new version was installed. */
export function patient<T>(load: () => Promise<T>): () => Promise<T> {
  return () =>
    load().catch(async () => {
      await returned();
      return load();
    });
}
