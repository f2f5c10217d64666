/** As much of a statement as anybody reads. */
const LONGEST = 2048;

/** As much of it as is looked at. What is cut off within quotes takes them with it. */
const LONGEST_READ = 16_384;

// A comment, within which PostgreSQL takes another. One that is deeper, or never ends, takes the rest.
const PLAIN = String.raw`\/\*(?:(?!\/\*|\*\/)[\s\S])*\*\/`;
const COMMENT = String.raw`\/\*(?:(?!\/\*|\*\/)[\s\S]|${PLAIN})*\*\/|\/\*[\s\S]*$|--[^\n]*`;

// Whatever may hold a value, in the order in which a reader of SQL meets it. A quote that is never closed takes the rest.
const SQL = new RegExp(
  [
    COMMENT,
    String.raw`(?<dollar>\$(?:[A-Za-z_][A-Za-z_0-9]*)?\$)[\s\S]*?(?:\k<dollar>|$)`, // $tag$ … $tag$
    String.raw`\b[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|\\?$)`, // E'it\'s'
    String.raw`(?:\b(?:[uU]&|[bBxXnN]))?'(?:[^']|'')*(?:'|$)`,
    String.raw`(?<name>"(?:[^"]|"")*(?:"|$))`, // a quoted name
    String.raw`(?<parameter>\$\d+)`,
    String.raw`(?<word>[\p{L}_][\p{L}\p{N}_$]*)`, // so that the digits of a name are no number
    String.raw`(?:\d|\.\d)[\p{L}\p{N}_.]*(?:(?<=[eE])[+-]\d+)?`, // 1, .5, 1e-5, 0xff, 1_000
  ].join("|"),
  "gu",
);
const LIST = /\(\s*\?(?:\s*,\s*\?)+\s*\)/g;

/**
 * A statement without its values. Statements should come with parameters in place of them; this is the last line of
 * defence for one that does not. Where it cannot tell a value from a name, the name goes too.
 */
export function shape(sql: string): string {
  const bare = sql.slice(0, LONGEST_READ).replace(SQL, (match: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Record<string, string | undefined>;
    if (groups["name"] !== undefined) return match.length > 1 && match.endsWith('"') ? match : "?";
    if (groups["parameter"] !== undefined || groups["word"] !== undefined) return match;
    return match.startsWith("--") || match.startsWith("/*") ? " " : "?";
  });
  return bare.replace(/\s+/g, " ").trim().replace(LIST, "(?)").slice(0, LONGEST);
}

/** A JSON body without its values: of a search, say. What is no JSON is not shown at all. */
export function shapeJson(body: string): string {
  try {
    return JSON.stringify(blank(JSON.parse(body))).slice(0, LONGEST);
  } catch {
    return "?";
  }
}

function blank(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? [] : [blank(value[0])];
  if (typeof value !== "object" || value === null) return "?";
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, blank(each)]));
}
