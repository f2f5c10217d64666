// Put here by a rehearsal: ESLint refuses an unused variable and `any`.

export function priceOf(count: any): number {
  const unused = 1;
  return Number(count);
}
