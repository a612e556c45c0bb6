// Content loss, style loss, and the L1 of a hole; as dynnet.paper has them.

export function contentLoss(features, target) {
  let total = 0;
  for (let i = 0; i < target.length; i++) total += (features[i] - target[i]) ** 2;
  return total / target.length;
}

/** Sum over layers of the mean squared difference of Gram matrices; of a target only the upper triangle is kept. */
export function styleLoss(grams, triangles) {
  let loss = 0;
  for (const [layer, gram] of grams.entries()) {
    const channels = Math.sqrt(gram.length);
    let total = 0;
    for (let i = 0, at = 0; i < channels; i++) {
      for (let j = i; j < channels; j++, at++) {
        total += (i === j ? 1 : 2) * (gram[i * channels + j] - triangles[layer][at]) ** 2;
      }
    }
    loss += total / gram.length;
  }
  return loss;
}

export function holeL1(y, target, mask) {
  let total = 0;
  let pixels = 0;
  for (let i = 0; i < mask.length; i++) {
    if (!mask[i]) continue;
    pixels++;
    for (let c = 0; c < 3; c++) total += Math.abs(y[c * mask.length + i] - target[c * mask.length + i]);
  }
  return total / (3 * pixels);
}
