import "@fontsource-variable/inter/wght.css";
import "@fontsource-variable/jetbrains-mono/wght.css";
import "@/styles/tokens.css";
import "@/styles/base.css";
import { askAhead } from "@/api/client";
import { asksAt, drawsAt, pageAt } from "./pages";

// The page's own script comes beside the frame's, not after it. What fails here fails again, and is told, when the page is drawn.
pageAt(location.pathname)?.().catch(() => undefined);
void import("./main");
if (!location.search) asksAt(location.pathname).forEach(askAhead);
drawsAt(location.pathname).forEach((load) => load().catch(() => undefined));
