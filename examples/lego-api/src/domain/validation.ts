import { type FieldError, invalid } from "./errors.ts";

export interface TextRule {
  readonly max: number;
  readonly mayBeEmpty?: boolean;
  /** Line breaks and tabs are fine in a description, and a nuisance in a title. */
  readonly multiline?: boolean;
}

export interface IntegerRule {
  readonly min: number;
  readonly max: number;
}

const CONTROL_CHARACTER = /\p{Cc}/u;
const MULTILINE_CONTROL_CHARACTER = /(?![\n\r\t])\p{Cc}/u;
const MAX_ECHOED_NAME = 64;

const lengthOf = (text: string): number => Array.from(text).length;

/**
 * Normalised text, or what is wrong with it. Lone surrogates and NUL are refused here because a database would refuse
 * them later, as a failure of ours and not of the sender.
 */
export function checkText(value: unknown, rule: TextRule): { value: string } | { problem: string } {
  if (typeof value !== "string") return { problem: "must be text" };
  if (!value.isWellFormed()) return { problem: "must be well-formed Unicode" };
  const text = value.normalize("NFC").trim();
  if ((rule.multiline ? MULTILINE_CONTROL_CHARACTER : CONTROL_CHARACTER).test(text)) {
    return { problem: "must not hold control characters" };
  }
  if (text === "" && !rule.mayBeEmpty) return { problem: "must not be empty" };
  if (lengthOf(text) > rule.max) return { problem: `must have at most ${rule.max} characters` };
  return { value: text };
}

/**
 * Reads an object field by field and remembers everything that is wrong, so that its sender can mend it in one go.
 * A field that is wrong reads as some harmless value, which finish() keeps from ever being used.
 * Only own properties count and unknown ones are refused: a key such as "__proto__" is just an unknown field.
 */
export class FieldReader {
  private readonly input: Readonly<Record<string, unknown>>;
  private readonly errors: FieldError[] = [];

  constructor(input: unknown, known: readonly string[]) {
    if (typeof input !== "object" || input === null || Array.isArray(input)) {
      throw invalid([{ field: "", message: "must be a JSON object" }]);
    }
    this.input = input as Record<string, unknown>;
    for (const name of Object.keys(input)) {
      if (!known.includes(name)) this.fail(name.slice(0, MAX_ECHOED_NAME), "is not a known field");
    }
  }

  /** How many things are wrong so far. */
  get problems(): number {
    return this.errors.length;
  }

  fail(field: string, message: string): void {
    this.errors.push({ field, message });
  }

  has(name: string): boolean {
    return Object.hasOwn(this.input, name);
  }

  raw(name: string): unknown {
    return this.has(name) ? this.input[name] : undefined;
  }

  text(name: string, rule: TextRule): string {
    if (!this.has(name)) return this.missing(name, "");
    const checked = checkText(this.raw(name), rule);
    if ("value" in checked) return checked.value;
    this.fail(name, checked.problem);
    return "";
  }

  integer(name: string, rule: IntegerRule): number {
    if (!this.has(name)) return this.missing(name, rule.min);
    const value = this.raw(name);
    if (typeof value === "number" && Number.isInteger(value) && value >= rule.min && value <= rule.max) return value;
    this.fail(name, `must be a whole number from ${rule.min} to ${rule.max}`);
    return rule.min;
  }

  oneOf<T extends string>(name: string, allowed: readonly [T, ...T[]]): T {
    if (!this.has(name)) return this.missing(name, allowed[0]);
    const value = this.raw(name);
    const match = allowed.find((candidate) => candidate === value);
    if (match !== undefined) return match;
    this.fail(name, `must be one of ${allowed.join(", ")}`);
    return allowed[0];
  }

  /** To be called once every field was read: throws if anything was wrong. */
  finish(): void {
    if (this.errors.length > 0) throw invalid(this.errors);
  }

  private missing<T>(name: string, fallback: T): T {
    this.fail(name, "is required");
    return fallback;
  }
}
