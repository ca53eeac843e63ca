import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { get } from "@/api/client";
import { ConnectLink } from "./Links";
import { LogTable } from "./LogTable";
import { Await, Empty } from "./Notice";
import { useRange } from "./range";
import { useTell, useTold } from "./told";
import type { ReactNode } from "react";
import type { LogRow } from "./LogTable";

const PAGE = 200;

/** The records that match `q` in the page's time range, newest first, or in the order in which they came, more of them while scrolling. */
export function LogLines({ q, window, oldestFirst, actions }: { q: string; window?: { start: string; end: string }; oldestFirst?: boolean; actions?: (row: LogRow) => ReactNode }) {
  const time = useRange();
  const { opened } = useTold();
  const tell = useTell();
  const range = window ?? time.query;
  const result = useInfiniteQuery({
    queryFn: ({ pageParam, signal }) => get("/api/v1/logs", { query: { ...range, q, order: oldestFirst ? "asc" : "desc", limit: PAGE, cursor: pageParam }, signal }),
    queryKey: ["logs", q, range, oldestFirst],
    placeholderData: keepPreviousData,
    initialPageParam: "",
    refetchInterval: (query) => (window || (query.state.data?.pages.length ?? 0) > 2 ? false : time.every(4000)),
    getNextPageParam: (last) => last.next ?? undefined,
  });
  return (
    <Await result={result} rows={12}>
      {(data) => {
        const rows = data.pages.flatMap((page) => page.items);
        if (rows.length === 0) return <Empty title="No log records in this time range" actions={!q && <ConnectLink />}>{q ? "Nothing matches; widen the time range or the filter." : "Agents send logs by OpenTelemetry; they appear here as they arrive."}</Empty>;
        return (
          <LogTable
            main
            label={`Log records, ${oldestFirst ? "oldest" : "newest"} first`}
            rows={rows}
            actions={actions}
            opened={opened}
            onOpened={(id) => tell({ opened: id })}
            onEnd={result.hasNextPage && !result.isFetchingNextPage ? () => void result.fetchNextPage() : undefined}
            foot={result.isFetchingNextPage ? "Loading more" : result.hasNextPage ? undefined : window ? "These are all" : "That is all in this time range"}
          />
        );
      }}
    </Await>
  );
}
