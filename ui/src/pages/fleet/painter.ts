import { parts } from "@/lib/colour";
import type { Camera } from "@/lib/hive";
import { ERRING, FAINT, RINGED } from "./marks";

/** What a painter is told of the cells; entry i is line i. `marks`: see `marks.ts`. */
export type Cells = { at: Float32Array; size: Float32Array; state: Uint8Array; marks: Uint8Array };
/** `error`: of the dot that marks errors; `ground`: what is around it. */
export type Look = { colours: string[]; ring: string; error: string; ground: string };

/** Draws the cells of the map; made for one canvas and ended with it. */
export type Painter = {
  /** Where cells stand; again when the map was laid out anew. */
  place: (cells: Cells) => void;
  /** States or marks are others; places are the same. */
  change: (cells: Cells) => void;
  draw: (camera: Camera, width: number, height: number, ratio: number, look: Look) => void;
  end: () => void;
};

/** How visible a state is: the calm ones step back. In the order of the server: working, waiting, looping, wedged, idle, abandoned, failing. */
const ALPHA = [1, 0.9, 1, 1, 0.45, 0.75, 1] as const;
const FAINT_ALPHA = 0.14;
/** Cells of fewer device pixels are plain discs. */
const SHAPED_PX = 7;
/** The dot that marks errors, at the upper right, in halves of the cell: how far out, and how large, on a plain disc larger. */
const DOT = { out: 0.62, radius: 0.34, plain: 0.5, around: 0.14 };

const VERTEX = `#version 300 es
in vec2 at; in float size; in float state; in float mark;
uniform vec3 camera; uniform vec2 box; uniform float ratio;
out float px; flat out int kind; flat out int marked;
void main() {
  vec2 seen = (at - camera.xy) * camera.z / box * 2.0 - 1.0;
  gl_Position = vec4(seen.x, -seen.y, 0.0, 1.0);
  if (size <= 0.0) gl_Position = vec4(2.0, 2.0, 0.0, 1.0);
  px = max(1.5, size * camera.z * ratio);
  gl_PointSize = px;
  kind = int(state); marked = int(mark);
}`;

// Shapes as signed distances, in units of half the cell; the same shapes as in badges (lib/states.ts).
const FRAGMENT = `#version 300 es
precision mediump float;
in float px; flat in int kind; flat in int marked;
uniform vec3 colours[7]; uniform float alphas[7]; uniform vec3 ring; uniform vec3 error;
out vec4 paint;
float box(vec2 p, vec2 b) { vec2 d = abs(p) - b; return length(max(d, 0.0)) + min(max(d.x, d.y), 0.0); }
float triangle(vec2 p) { vec2 q = vec2(abs(p.x), p.y - 0.12); return max(q.x * 0.866 - q.y * 0.5, q.y) - 0.5; }
float bar(vec2 p) { vec2 q = vec2(p.x + p.y, p.x - p.y) * 0.7071; return min(box(q, vec2(0.82, 0.17)), box(q, vec2(0.17, 0.82))); }
void main() {
  vec2 p = gl_PointCoord * 2.0 - 1.0;
  float disc = length(p) - 0.84;
  float d = disc;
  if (px > ${SHAPED_PX}.0) {
    if (kind == 1) d = min(max(disc, p.x), abs(length(p) - 0.74) - 0.1);
    else if (kind == 2) d = triangle(p);
    else if (kind == 3) d = box(p, vec2(0.72));
    else if (kind == 4) d = abs(length(p) - 0.66) - 0.16;
    else if (kind == 5) d = bar(p);
    else if (kind == 6) d = (abs(p.x) + abs(p.y) - 0.9) * 0.7071;
  } else if (px < 3.0) d = -1.0;
  float soft = 2.0 / px;
  float a = clamp(0.5 - d / soft, 0.0, 1.0) * alphas[kind] * (marked == ${FAINT} ? ${FAINT_ALPHA} : 1.0);
  vec3 c = colours[kind];
  if (marked == ${RINGED}) {
    float r = clamp(0.5 - (abs(length(p) - 0.92) - 0.08) / soft, 0.0, 1.0);
    c = mix(c, ring, r);
    a = max(a, r);
  } else if (marked == ${ERRING}) {
    float e = length(p - vec2(${DOT.out}, -${DOT.out})) - (px > ${SHAPED_PX}.0 ? ${DOT.radius} : ${DOT.plain});
    float filled = clamp(0.5 - e / soft, 0.0, 1.0);
    c = mix(c, error, filled);
    a = max(a * clamp(0.5 + (e - ${DOT.around}) / soft, 0.0, 1.0), filled);
  }
  paint = vec4(c * a, a);
}`;

function rgb(colour: string): [number, number, number] {
  const [red, green, blue] = parts(colour);
  return [red / 255, green / 255, blue / 255];
}

function programOf(gl: WebGL2RenderingContext): WebGLProgram | undefined {
  const program = gl.createProgram();
  for (const [type, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]] as const) {
    const shader = gl.createShader(type);
    if (!shader) return undefined;
    gl.shaderSource(shader, source);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  return gl.getProgramParameter(program, gl.LINK_STATUS) ? program : undefined;
}

/** One draw call for the whole fleet. Undefined: this canvas has no WebGL 2. */
export function webgl(canvas: HTMLCanvasElement): Painter | undefined {
  const gl = canvas.getContext("webgl2", { antialias: false, premultipliedAlpha: true });
  const program = gl && programOf(gl);
  if (!gl || !program) return undefined;
  const buffers = ["at", "size", "state", "mark"].map((name) => ({ buffer: gl.createBuffer(), where: gl.getAttribLocation(program, name) }));
  const send = (index: number, data: Float32Array | Uint8Array, parts: number) => {
    const one = buffers[index];
    if (!one) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, one.buffer);
    gl.bufferData(gl.ARRAY_BUFFER, data, gl.DYNAMIC_DRAW);
    gl.enableVertexAttribArray(one.where);
    gl.vertexAttribPointer(one.where, parts, data instanceof Uint8Array ? gl.UNSIGNED_BYTE : gl.FLOAT, false, 0, 0);
  };
  const uniform = (name: string) => gl.getUniformLocation(program, name);
  const at = { camera: uniform("camera"), box: uniform("box"), ratio: uniform("ratio"), colours: uniform("colours"), alphas: uniform("alphas"), ring: uniform("ring"), error: uniform("error") };
  let n = 0;
  const change = (cells: Cells) => {
    send(2, cells.state, 1);
    send(3, cells.marks, 1);
    n = Math.min(cells.size.length, cells.state.length);
  };
  return {
    place: (cells) => {
      send(0, cells.at, 2);
      send(1, cells.size, 1);
      change(cells);
    },
    change,
    draw: (camera, width, height, ratio, look) => {
      gl.viewport(0, 0, canvas.width, canvas.height);
      gl.clearColor(0, 0, 0, 0);
      gl.clear(gl.COLOR_BUFFER_BIT);
      gl.enable(gl.BLEND);
      gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
      gl.useProgram(program);
      gl.uniform3f(at.camera, camera.x, camera.y, camera.k);
      gl.uniform2f(at.box, width, height);
      gl.uniform1f(at.ratio, ratio);
      gl.uniform3fv(at.colours, look.colours.flatMap(rgb));
      gl.uniform1fv(at.alphas, ALPHA);
      gl.uniform3f(at.ring, ...rgb(look.ring));
      gl.uniform3f(at.error, ...rgb(look.error));
      gl.drawArrays(gl.POINTS, 0, n);
    },
    end: () => {
      buffers.forEach((one) => gl.deleteBuffer(one.buffer));
      gl.deleteProgram(program);
    },
  };
}

/** The same where there is no WebGL: a fill per state, simple shapes. */
export function flat(canvas: HTMLCanvasElement): Painter | undefined {
  const pen = canvas.getContext("2d");
  if (!pen) return undefined;
  let cells: Cells | undefined;
  const keep = (next: Cells) => void (cells = next);
  const shape = (state: number, x: number, y: number, r: number) => {
    if (state === 3 || r < 2) pen.rect(x - r * 0.8, y - r * 0.8, r * 1.6, r * 1.6);
    else if (state === 2) {
      pen.moveTo(x, y - r);
      pen.lineTo(x + r, y + r * 0.8);
      pen.lineTo(x - r, y + r * 0.8);
    } else if (state === 6) {
      pen.moveTo(x, y - r * 0.9);
      for (const [right, down] of [[0.9, 0], [0, 0.9], [-0.9, 0]] as const) pen.lineTo(x + r * right, y + r * down);
    } else {
      pen.moveTo(x + r * 0.84, y);
      pen.arc(x, y, r * 0.84, 0, state === 1 ? Math.PI : 2 * Math.PI);
      if (state === 4 || state === 5) pen.arc(x, y, r * 0.5, 0, 2 * Math.PI, true);
    }
  };
  return {
    place: keep,
    change: keep,
    draw: (camera, width, height, ratio, look) => {
      pen.setTransform(ratio, 0, 0, ratio, 0, 0);
      pen.clearRect(0, 0, width, height);
      if (!cells) return;
      const { at, size, state, marks } = cells;
      look.colours.forEach((colour, kind) => {
        for (const mark of [FAINT, 0, ERRING, RINGED]) {
          pen.beginPath();
          for (let i = 0; i < size.length; i += 1) {
            if (state[i] !== kind || (marks[i] ?? 0) !== mark || !size[i]) continue;
            shape(kind, ((at[i * 2] ?? 0) - camera.x) * camera.k, ((at[i * 2 + 1] ?? 0) - camera.y) * camera.k, ((size[i] ?? 0) * camera.k) / 2);
          }
          pen.globalAlpha = (ALPHA[kind] ?? 1) * (mark === FAINT ? FAINT_ALPHA : 1);
          pen.fillStyle = colour;
          pen.fill();
          if (mark !== RINGED) continue;
          pen.strokeStyle = look.ring;
          pen.stroke();
        }
      });
      pen.globalAlpha = 1;
      pen.fillStyle = look.error;
      pen.strokeStyle = look.ground;
      for (let i = 0; i < size.length; i += 1) {
        if (marks[i] !== ERRING || !size[i]) continue;
        const half = ((size[i] ?? 0) * camera.k) / 2;
        pen.beginPath();
        pen.arc(((at[i * 2] ?? 0) - camera.x) * camera.k + DOT.out * half, ((at[i * 2 + 1] ?? 0) - camera.y) * camera.k - DOT.out * half, DOT.radius * half, 0, 2 * Math.PI);
        pen.fill();
        pen.stroke();
      }
      pen.globalAlpha = 1;
    },
    end: () => undefined,
  };
}
