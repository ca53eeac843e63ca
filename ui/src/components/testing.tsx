import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { vi } from "vitest";
import { renderAt } from "./renderAt";

/** `content` drawn at an address, with all that stands around a page; `where()` is the address that it leads to. */
export async function placed(content: ReactNode, address = "/") {
  const queries = new QueryClient({ defaultOptions: { queries: { retry: false } } });
  const drawn = await renderAt(address, <QueryClientProvider client={queries}>{content}</QueryClientProvider>);
  return { ...drawn, where: () => drawn.history.location.href };
}

/** What a server answers: the JSON of the first address that a call begins with, or an error of HTTP by its status. Returns the calls, as `GET /path`. */
export function answering(answers: Record<string, unknown>): string[] {
  const calls: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const call = `${init?.method ?? "GET"} ${String(input)}`;
    calls.push(call);
    const found = Object.keys(answers).find((start) => call.startsWith(start));
    const answer = found === undefined ? 404 : answers[found];
    if (answer === "never") return new Promise(() => undefined);
    if (typeof answer === "number") return Response.json({ title: "Error", detail: `answered ${answer}` }, { status: answer });
    return Response.json(answer);
  });
  return calls;
}
