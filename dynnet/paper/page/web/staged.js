// A staged network with the values of its last evaluation: dynnet.onnx.runtime.Staged in JavaScript. Every value has a
// number that changes when it is computed again; a stage runs when the numbers of what it takes are others than before.

export class Stale extends Error {}

const sum = (array) => array.reduce((total, value) => total + Math.abs(value), 0);
const keyOf = (alpha) => (alpha.data.length > 64 ? alpha.number : `${alpha.dims}:${alpha.data}`);
const termsOf = (stage, block) => stage.terms.filter((term) => term.block === block);

export class Staged {
  /**
   * @param manifest as in manifest.json, @param sessions one for each stage, @param rested awaited between stages; it
   * throws Stale when nobody waits for the answer any more, @param zeros alpha -> the same of zeros.
   */
  constructor(manifest, sessions, rested, zeros) {
    Object.assign(this, { manifest, sessions, rested, zeros });
    this.blockOf = Object.fromEntries(manifest.blocks.map((block) => [block.alpha, block.name]));
    this.psiStage = {};
    manifest.stages.forEach((stage, index) => {
      if (stage.kind === "psi") for (const value of stage.outputs) this.psiStage[value] = index;
    });
    this.setInputs({});
  }

  setInputs(inputs) {
    this.values = { ...inputs };
    this.numbers = Object.fromEntries(Object.keys(inputs).map((name) => [name, 0]));
    this.count = 0;
    this.done = {};
    this.lines = {};
  }

  /** {output: tensor} at {block: alpha, a tensor}. */
  async run(alphas) {
    let mixed = alphas;
    for (const [index, stage] of this.manifest.stages.entries()) {
      if (stage.kind === "linear") mixed = await this.runLinear(index, alphas);
      else if (stage.kind === "mix") await this.runStage(index, mixed);
      else if (stage.kind !== "psi") await this.runStage(index, alphas); // psis run when a blend asks for them
    }
    const { outputs } = this.manifest;
    return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, this.values[value]]));
  }

  async runStage(index, alphas) {
    const { feeds, numbers } = await this.taken(index, alphas);
    if (this.done[index] === numbers) return;
    delete this.done[index]; // whatever interrupts us, nothing counts as done that is not
    this.keep(this.manifest.stages[index].outputs, await this.ran(index, feeds));
    this.done[index] = numbers;
  }

  async runLinear(index, alphas) {
    const atZero = Object.fromEntries(Object.entries(alphas).map(([name, alpha]) => [name, this.zeros(alpha)]));
    const stage = this.manifest.stages[index];
    const blocks = stage.terms.map((term) => term.block);
    const ground = (await this.taken(index, atZero)).numbers;
    const here = blocks.map((block) => keyOf(alphas[block])).join("|");
    const line = this.lines[index];
    if (line?.ground !== ground) {
      await this.runStage(index, alphas);
      this.lines[index] = { ground, here, drawn: false, slopes: new Set() };
      return atZero;
    }
    if (!line.drawn && line.here === here) return atZero;
    await this.runStage(index, atZero);
    line.drawn = true;
    for (const block of blocks) {
      if (line.slopes.has(block) || !sum(alphas[block].data)) continue;
      await this.draw(index, block, atZero);
      line.slopes.add(block);
    }
    return alphas;
  }

  /** The slope of a block: what the linear stage makes of psi in the place of z. */
  async draw(index, block, atZero) {
    const stage = this.manifest.stages[index];
    const slopes = Object.fromEntries(termsOf(this.manifest.stages[index + 1], block).map((t) => [t.to, t.value]));
    const { feeds } = await this.taken(index, atZero);
    const [{ to: z, value: psi }] = termsOf(stage, block);
    await this.upToDate(psi, atZero);
    for (const name of [z, ...stage.terms.map((term) => term.value)]) feeds[name] = this.values[psi];
    const found = await this.ran(index, feeds);
    this.keep(
      stage.outputs.map((output) => slopes[output]),
      Object.fromEntries(stage.outputs.map((output) => [slopes[output], found[output]])),
    );
  }

  /** What a stage takes, and its numbers; where an alpha is 0 any tensor will do for what it multiplies. */
  async taken(index, alphas) {
    const stage = this.manifest.stages[index];
    const busy = new Set(stage.terms.filter((term) => sum(alphas[term.block].data)).map((term) => term.value));
    const idle = Object.fromEntries(stage.terms.filter((t) => !busy.has(t.value)).map((t) => [t.value, t.to]));
    const feeds = {};
    const numbers = [];
    for (const name of stage.inputs) {
      if (name in this.blockOf) {
        feeds[name] = alphas[this.blockOf[name]];
        numbers.push(keyOf(feeds[name]));
      } else {
        const source = idle[name] ?? name;
        await this.upToDate(source, alphas);
        feeds[name] = this.values[source];
        numbers.push(`${source}#${this.numbers[source]}`);
      }
    }
    return { feeds, numbers: numbers.join(";") };
  }

  async upToDate(value, alphas) {
    if (value in this.psiStage) await this.runStage(this.psiStage[value], alphas);
  }

  async ran(index, feeds) {
    await this.rested();
    return this.sessions[index].run(feeds);
  }

  keep(names, values) {
    for (const name of names) {
      this.values[name] = values[name];
      this.numbers[name] = ++this.count;
    }
  }
}
