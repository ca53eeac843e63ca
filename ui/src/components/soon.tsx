import { useEffect, useReducer, useState, type ComponentType, type ReactNode } from "react";

/**
 * A component whose code is loaded when it is first wanted, and what begins to load it. As React's `lazy` within a `Suspense`, but what is there is
 * drawn at once: what follows a fallback, React holds back until that was seen for 300 ms. What fails to load is thrown, and asked for again by the next.
 */
export function soon<Props extends object>(load: () => Promise<{ default: ComponentType<Props> }>): [ComponentType<{ props: Props; fallback: ReactNode }>, () => Promise<void>] {
  let Come: ComponentType<Props> | undefined;
  let under: Promise<void> | undefined;
  const fetch = () =>
    (under ??= load().then(
      (module) => {
        Come = module.default;
      },
      (error: unknown) => {
        under = undefined;
        throw error;
      },
    ));
  function Soon({ props, fallback }: { props: Props; fallback: ReactNode }) {
    const [failed, fail] = useState<{ error: unknown }>();
    const [, redraw] = useReducer((n: number) => n + 1, 0);
    const wanted = !Come;
    useEffect(() => {
      if (!wanted) return undefined;
      let on = true;
      fetch().then(
        () => on && redraw(),
        (error: unknown) => on && fail({ error }),
      );
      return () => {
        on = false;
      };
    }, [wanted]);
    if (failed) throw failed.error;
    return Come ? <Come {...props} /> : fallback;
  }
  return [Soon, fetch];
}
