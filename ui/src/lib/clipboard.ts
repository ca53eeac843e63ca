/** Puts `text` where the next paste takes it from. Rejected where the browser does not allow it. */
export async function toClipboard(text: string): Promise<void> {
  if (!navigator.clipboard) throw new Error("the browser allows the clipboard on https and localhost only");
  await navigator.clipboard.writeText(text);
}
