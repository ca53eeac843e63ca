/** Terms of the filter language as far as clicking needs them: `field:value`, quoted where the value has to be. */

/** One term. */
export function term(field: string, value: string, operator = ":"): string {
  const plain = /^[^\s"():<>=!,*~\\]+$/.test(value) && !/^(and|or|not)$/i.test(value);
  return `${field}${operator}${plain ? value : `"${value.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`}`;
}

/** The terms of a filter, split at blanks outside of quotes and brackets. */
export function terms(filter: string): string[] {
  const found: string[] = [];
  let word = "";
  let quoted = false;
  let depth = 0;
  for (let i = 0; i < filter.length; i += 1) {
    const c = filter[i] ?? "";
    if (quoted && c === "\\") {
      word += c + (filter[i + 1] ?? "");
      i += 1;
      continue;
    }
    if (c === '"') quoted = !quoted;
    if (!quoted && c === "(") depth += 1;
    if (!quoted && c === ")") depth -= 1;
    if (/\s/.test(c) && !quoted && depth <= 0) {
      if (word) found.push(word);
      word = "";
    } else word += c;
  }
  return word ? [...found, word] : found;
}

export function hasTerm(filter: string, field: string, value: string): boolean {
  return terms(filter).includes(term(field, value));
}

/** Adds the term, or takes it away where it is there. A field has one value at a time: the new one replaces the old. */
export function toggleTerm(filter: string, field: string, value: string): string {
  const wanted = term(field, value);
  const all = terms(filter);
  if (all.includes(wanted)) return all.filter((t) => t !== wanted).join(" ");
  return [...all.filter((t) => !t.startsWith(`${field}:`)), wanted].join(" ");
}

/** The filter with `fields` replaced by `more`. */
export function replaceTerms(filter: string, fields: string[], more: string[]): string {
  const kept = terms(filter).filter((t) => !fields.some((f) => t.startsWith(f) && /^[:<>=!]/.test(t.slice(f.length))));
  return [...kept, ...more].join(" ");
}
