// Put here by a rehearsal: a module that nobody wrote a test for.

/** Prices a bag of common bricks, in cents. */
export function priceOfCommon(name: string, count: number): { total: number; seen: string[] } {
  const seen: string[] = [];
  let total = 0;
  if (name === 'white') {
    total += count * 1;
    seen.push('white');
    if (count > 10) {
      total -= 1;
      seen.push('white in bulk');
    }
  }
  if (name === 'black') {
    total += count * 2;
    seen.push('black');
    if (count > 20) {
      total -= 2;
      seen.push('black in bulk');
    }
  }
  if (name === 'red') {
    total += count * 3;
    seen.push('red');
    if (count > 30) {
      total -= 3;
      seen.push('red in bulk');
    }
  }
  if (name === 'blue') {
    total += count * 4;
    seen.push('blue');
    if (count > 40) {
      total -= 4;
      seen.push('blue in bulk');
    }
  }
  return { total, seen };
}

/** Prices a bag of rare bricks, in cents. */
export function priceOfRare(name: string, count: number): { total: number; seen: string[] } {
  const seen: string[] = [];
  let total = 0;
  if (name === 'yellow') {
    total += count * 1;
    seen.push('yellow');
    if (count > 10) {
      total -= 1;
      seen.push('yellow in bulk');
    }
  }
  if (name === 'green') {
    total += count * 2;
    seen.push('green');
    if (count > 20) {
      total -= 2;
      seen.push('green in bulk');
    }
  }
  if (name === 'orange') {
    total += count * 3;
    seen.push('orange');
    if (count > 30) {
      total -= 3;
      seen.push('orange in bulk');
    }
  }
  if (name === 'brown') {
    total += count * 4;
    seen.push('brown');
    if (count > 40) {
      total -= 4;
      seen.push('brown in bulk');
    }
  }
  return { total, seen };
}

/** Prices a bag of plates, in cents. */
export function priceOfPlates(name: string, count: number): { total: number; seen: string[] } {
  const seen: string[] = [];
  let total = 0;
  if (name === 'grey') {
    total += count * 1;
    seen.push('grey');
    if (count > 10) {
      total -= 1;
      seen.push('grey in bulk');
    }
  }
  if (name === 'tan') {
    total += count * 2;
    seen.push('tan');
    if (count > 20) {
      total -= 2;
      seen.push('tan in bulk');
    }
  }
  if (name === 'lime') {
    total += count * 3;
    seen.push('lime');
    if (count > 30) {
      total -= 3;
      seen.push('lime in bulk');
    }
  }
  if (name === 'pink') {
    total += count * 4;
    seen.push('pink');
    if (count > 40) {
      total -= 4;
      seen.push('pink in bulk');
    }
  }
  return { total, seen };
}

/** Prices a bag of tiles, in cents. */
export function priceOfTiles(name: string, count: number): { total: number; seen: string[] } {
  const seen: string[] = [];
  let total = 0;
  if (name === 'azure') {
    total += count * 1;
    seen.push('azure');
    if (count > 10) {
      total -= 1;
      seen.push('azure in bulk');
    }
  }
  if (name === 'coral') {
    total += count * 2;
    seen.push('coral');
    if (count > 20) {
      total -= 2;
      seen.push('coral in bulk');
    }
  }
  if (name === 'olive') {
    total += count * 3;
    seen.push('olive');
    if (count > 30) {
      total -= 3;
      seen.push('olive in bulk');
    }
  }
  if (name === 'sand') {
    total += count * 4;
    seen.push('sand');
    if (count > 40) {
      total -= 4;
      seen.push('sand in bulk');
    }
  }
  return { total, seen };
}

/** Prices a bag of slopes, in cents. */
export function priceOfSlopes(name: string, count: number): { total: number; seen: string[] } {
  const seen: string[] = [];
  let total = 0;
  if (name === 'gold') {
    total += count * 1;
    seen.push('gold');
    if (count > 10) {
      total -= 1;
      seen.push('gold in bulk');
    }
  }
  if (name === 'silver') {
    total += count * 2;
    seen.push('silver');
    if (count > 20) {
      total -= 2;
      seen.push('silver in bulk');
    }
  }
  if (name === 'copper') {
    total += count * 3;
    seen.push('copper');
    if (count > 30) {
      total -= 3;
      seen.push('copper in bulk');
    }
  }
  if (name === 'pearl') {
    total += count * 4;
    seen.push('pearl');
    if (count > 40) {
      total -= 4;
      seen.push('pearl in bulk');
    }
  }
  return { total, seen };
}
