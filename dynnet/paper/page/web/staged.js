// A staged network with the values of its last evaluation: dynnet.onnx.runtime.Staged in JavaScript. Every value has a
// number that changes when it is computed again; a stage runs when the numbers of what it takes are others than before.

export class Stale extends Error {}

const isZero = ({ data }) => data.every((value) => value === 0);
const termsOf = (stage, block) => stage.terms.filter((term) => term.block === block);

export class Staged {
  /**
   * @param network a manifest whose stages have sessions, @param x its input; `rested` is awaited before a stage runs
   * and throws Stale when nobody waits for the answer any more.
   */
  constructor({ stages, blocks, outputs }, x) {
    Object.assign(this, { stages, outputs, x, values: { x }, numbers: { x: 0 }, count: 0 });
    this.blockOf = Object.fromEntries(blocks.map((block) => [block.alpha, block.name]));
    const psis = stages.filter((stage) => stage.kind === "psi");
    this.psiStage = Object.fromEntries(psis.flatMap((stage) => stage.outputs.map((value) => [value, stage])));
    this.done = new Map(); // {stage: numbers of what its last run took}
    this.lines = new Map(); // {linear stage: what it gave for one z, a point or the line through all of them}
  }

  /** y at {block: alpha, a tensor with a key}; `atZero` has the same of zeros. */
  async run(alphas, atZero) {
    let mixed;
    for (const stage of this.stages) {
      if (stage.kind === "linear") mixed = await this.runLinear(stage, alphas, atZero);
      else if (stage.kind === "mix") await this.runStage(stage, mixed);
      else if (stage.kind !== "psi") await this.runStage(stage, alphas); // psis run when a blend asks for them
    }
    return this.values[this.outputs.y];
  }

  async runStage(stage, alphas) {
    const { feeds, numbers } = await this.taken(stage, alphas);
    if (this.done.get(stage) === numbers) return;
    this.done.delete(stage); // whatever interrupts us, nothing counts as done that is not
    await this.compute(stage, feeds, (output) => output);
    this.done.set(stage, numbers);
  }

  /** Brings a linear stage up to date; gives the alphas for the mix behind it. */
  async runLinear(stage, alphas, atZero) {
    const blocks = stage.terms.map((term) => term.block);
    const ground = (await this.taken(stage, atZero)).numbers;
    const here = blocks.map((block) => alphas[block].key).join("|");
    const line = this.lines.get(stage);
    if (line?.ground !== ground) {
      await this.runStage(stage, alphas);
      this.lines.set(stage, { ground, here, drawn: false, slopes: new Set() });
      return atZero;
    }
    if (!line.drawn && line.here === here) return atZero;
    await this.runStage(stage, atZero);
    line.drawn = true;
    for (const block of blocks) {
      if (line.slopes.has(block) || isZero(alphas[block])) continue;
      await this.draw(stage, block, atZero);
      line.slopes.add(block);
    }
    return alphas;
  }

  /** The slope of a block: what the linear stage makes of psi in the place of z. */
  async draw(stage, block, atZero) {
    const mix = this.stages[this.stages.indexOf(stage) + 1];
    const slopes = Object.fromEntries(termsOf(mix, block).map(({ to, value }) => [to, value]));
    const { feeds } = await this.taken(stage, atZero);
    const [{ to: z, value: psi }] = termsOf(stage, block);
    const found = await this.upToDate(psi, atZero);
    for (const name of [z, ...stage.terms.map((term) => term.value)]) feeds[name] = found;
    await this.compute(stage, feeds, (output) => slopes[output]);
  }

  /** What a stage takes, and its numbers; where an alpha is 0 any tensor will do for what it multiplies. */
  async taken(stage, alphas) {
    const busy = new Set(stage.terms.filter(({ block }) => !isZero(alphas[block])).map(({ value }) => value));
    const idle = Object.fromEntries(stage.terms.filter(({ value }) => !busy.has(value)).map((t) => [t.value, t.to]));
    const feeds = {};
    const numbers = [];
    for (const name of stage.inputs) {
      const alpha = alphas[this.blockOf[name]];
      const source = idle[name] ?? name;
      feeds[name] = alpha ?? (await this.upToDate(source, alphas));
      numbers.push(alpha?.key ?? `${source}#${this.numbers[source]}`);
    }
    return { feeds, numbers: numbers.join(";") };
  }

  async upToDate(value, alphas) {
    if (value in this.psiStage) await this.runStage(this.psiStage[value], alphas);
    return this.values[value];
  }

  async compute(stage, feeds, nameOf) {
    await this.rested();
    const found = await stage.session.run(feeds);
    for (const output of stage.outputs) {
      this.values[nameOf(output)] = found[output];
      this.numbers[nameOf(output)] = ++this.count;
    }
  }
}
