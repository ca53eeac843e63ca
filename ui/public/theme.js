// Before the first paint, so that nothing flashes in the other colours. The same rule as in src/lib/theme.ts.
(() => {
  const kept = localStorage.getItem("swarmscope.theme");
  const light = kept === "light" || (kept !== "dark" && matchMedia("(prefers-color-scheme: light)").matches);
  document.documentElement.dataset.theme = light ? "light" : "dark";
})();
