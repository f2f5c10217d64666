// Put here by a rehearsal: a test that a change has broken.
import { expect, it } from 'vitest';

it('adds up', () => {
  expect(1 + 1).toBe(3);
});
