import { useRef, useState, type ReactNode } from "react";
import { useSize } from "@/lib/use";

/** Keeps the height that what is in it once had: what is below does not jump when some of it goes. Another width begins anew. */
export function Reserved({ children }: { children: ReactNode }) {
  const inner = useRef<HTMLDivElement>(null);
  const { width, height } = useSize(inner);
  const [most, setMost] = useState({ width, height });
  if (width !== most.width || height > most.height) setMost({ width, height });
  return (
    <div style={{ minHeight: most.height || undefined }}>
      <div ref={inner}>{children}</div>
    </div>
  );
}
