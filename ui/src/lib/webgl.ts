let known: boolean | undefined;

/** Whether this browser draws with WebGL 2 (looked up once; the context that was made to find out is given back). */
export function hasWebGL(): boolean {
  if (known === undefined && typeof WebGL2RenderingContext === "undefined") known = false;
  if (known === undefined) {
    let found: WebGL2RenderingContext | null = null;
    try {
      found = document.createElement("canvas").getContext("webgl2");
    } catch {
      // Browsers that are told to refuse throw instead of answering null.
    }
    found?.getExtension("WEBGL_lose_context")?.loseContext();
    known = found !== null;
  }
  return known;
}
